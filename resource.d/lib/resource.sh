# shellcheck shell=sh
# resource.sh - what the resource scripts share. Sourced by them, never run; private to them:
# scripts of your own source /etc/ha.d/shellfuncs, whose functions stay as they are.
#
# Installed beside the native helpers. UM_LIBEXEC names that directory; it is taken from the
# environment only so that the scripts can be tried from a source tree, by whoever may run them.

: "${UM_LIBEXEC:=/usr/libexec/ultramonkey}"
: "${HA_DIR:=/etc/ha.d}"
um_script=${0##*/}
# shellcheck disable=SC2034  # used by the scripts
um_state=/run/heartbeat/rsctmp  # flags and saved state; gone after a reboot, as what they describe

# um_log 'info: text': where heartbeat's environment says (HA_LOGFACILITY, HA_LOGFILE, ...).
um_log() {
    HA_LOGTAG=${HA_LOGTAG:-${um_script}[$$]} "$UM_LIBEXEC/ha_log" "$@"
}

# um_fail TEXT [CODE]: says it on stdout and in the log, and ends the script.
um_fail() {
    um_log "ERROR: $1"
    echo "ERROR: $1"
    exit "${2:-1}"
}

# um_run COMMAND...: runs it and logs what it says, as info or, when it fails, as error.
um_run() {
    um_code=0
    um_output=$("$@" 2>&1) || um_code=$?
    if [ "$um_code" -eq 0 ]; then
        [ -z "$um_output" ] || um_log "info: $um_output"
    else
        um_log "ERROR: ${um_output:-command failed: $*}"
    fi
    return "$um_code"
}

# um_meta_data 'one line on the resource'
um_meta_data() {
    cat <<EOF
<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="$um_script">
<version>1.0</version>
<longdesc lang="en">$1</longdesc>
<shortdesc lang="en">$1</shortdesc>
<actions>
<action name="start" timeout="60s" />
<action name="stop" timeout="60s" />
<action name="status" timeout="20s" />
<action name="meta-data" timeout="5s" />
</actions>
</resource-agent>
EOF
}

# um_arp_config SPEC: the admin's ARP_INTERVAL_MS, ARP_REPEAT, ARP_BACKGROUND and IPV6_DAD, from
# conf/arp_config and then from conf/arp_config:IFACE of the interface that SPEC will be put on.
um_arp_config() {
    if [ -f "$HA_DIR/conf/arp_config" ]; then
        # shellcheck source=/dev/null
        . "$HA_DIR/conf/arp_config"
    fi
    set -- "$1" "$HA_DIR"/conf/arp_config:*
    [ -f "$2" ] || return 0
    um_iface=$("$UM_LIBEXEC/ip_helper" find "$1" 2>/dev/null) || return 0
    um_iface=${um_iface%%	*}
    if [ -f "$HA_DIR/conf/arp_config:$um_iface" ]; then
        # shellcheck source=/dev/null
        . "$HA_DIR/conf/arp_config:$um_iface"
    fi
}

# um_ip VERB SPECS [OPTION...]: hands over to the native helper, which ends this script. SPECS are
# one or, from --batch, several words; the settings of the first one's interface are used for all.
um_ip() {
    um_verb=$1 um_spec=$2
    shift 2
    case $um_verb in
        start)
            um_arp_config "${um_spec%% *}"
            set -- "$@" -k "$HA_DIR/rc.d/local_takeip"
            [ -z "${ARP_INTERVAL_MS:-}" ] || set -- "$@" -i "$ARP_INTERVAL_MS"
            [ -z "${ARP_REPEAT:-}" ] || set -- "$@" -r "$ARP_REPEAT"
            [ "${ARP_BACKGROUND:-yes}" = yes ] || set -- "$@" -f
            [ "${IPV6_DAD:-yes}" = yes ] || set -- "$@" -d
            ;;
        stop) set -- "$@" -k "$HA_DIR/rc.d/local_giveip" ;;
    esac
    set -f
    # shellcheck disable=SC2086  # several words
    exec "$UM_LIBEXEC/ip_helper" "$um_verb" -n "$um_script" "$@" $um_spec
}

# um_ip_monitor SPEC: asks the address itself, three times at most.
um_ip_monitor() {
    if command -v ping >/dev/null 2>&1; then
        for _ in 1 2 3; do
            if ping -q -n -c 1 -w 1 "${1%%/*}" >/dev/null 2>&1; then
                echo OK
                exit 0
            fi
        done
    elif "$UM_LIBEXEC/ip_helper" status -n "$um_script" "$1" >/dev/null; then
        echo OK
        exit 0
    fi
    echo down
    exit 1
}
