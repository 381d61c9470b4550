# The helpers that resource scripts run once per address: linked statically, because the dynamic linker would be
# most of their running time (200 addresses are 400 runs), and without the other rooms.
ADDRESS_HELPERS := ip_helper findif send_arp ha_log
ADDRESS_OBJ     := $(call OBJ,$(addprefix src/tools/,ip_helper.cpp sender.cpp script_log.cpp))
ADDRESS_BINS    := $(addprefix $(B)/bin/,$(ADDRESS_HELPERS))
# ASan cannot be linked statically.
ADDRESS_STATIC  := $(if $(SAN),,-static -Wl$(comma)--no-warnings)

$(ADDRESS_BINS): $(B)/bin/%: $(B)/obj/src/tools/%_main.o $(ADDRESS_OBJ) $(B)/lib/libaddress.a
	@mkdir -p $(@D)
	$(LINK) $(ADDRESS_STATIC) $^ -lnl-route-3 -lnl-3 -lpthread
# The sync daemons are asked for rarely; this one is an ordinary program of the few rooms it needs.
$(B)/bin/lvs_sync: $(B)/obj/src/tools/lvs_sync_main.o $(B)/obj/src/tools/lvs_sync.o $(B)/lib/libipvs.a
	@mkdir -p $(@D)
	$(LINK) $^ -lnl-genl-3 -lnl-3 -lfmt

.PHONY: resource-helpers
resource-helpers: $(ADDRESS_BINS) $(B)/bin/lvs_sync  ## what the scripts of resource.d call

.PHONY: bench-scripts
bench-scripts: resource-helpers    ## time 200 addresses of one group, beside Debian's scripts (as root)
	tests/bench/scripts $(B)
