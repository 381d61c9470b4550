#!/usr/bin/perl
# parsers-oracle.pl - what the old ldirectord makes of configuration files, one JSON line per file.
#
# Runs inside the peer's chroot (parsers-peer.sh builds it). The program is loaded once, without its
# main part, and forked for each file named on standard input: a start of it costs 0.3 s, a fork 2 ms.
# The child's own file-system effects (logfile, monitorfile) stay in the chroot. Output schema: that
# of tests/vectors/ldirectord-config, with "name" = the file's path and "hang": true for a file that
# the old program never finishes (spec ldirectord-config 12, Q4).
#
#   usage: parsers-oracle.pl PROGRAM < list-of-files
#   usage: parsers-oracle.pl PROGRAM --time FILE     CPU seconds of parsing FILE, as {"cpu":N}
use strict;
use warnings;
no strict 'refs';
no warnings 'once';
use JSON::PP;
use Time::HiRes qw(setitimer ITIMER_PROF);

my ($program, @rest) = @ARGV;
# A file takes a few ms; what is still computing after 0.4 s of CPU never ends. Counted in CPU time, so that a busy machine
# changes nothing; the alarm is for what sleeps.
my ($cpu_limit, $limit) = (0.4, 30);
@ARGV = ();
$ENV{PERLIO} = 'perlio';
$ENV{HOSTNAME} = 'director1';

sub load_program {
  open(my $in, '<', $program) or die "$program: $!\n";
  local $/;
  my $text = <$in>;
  # Keep the definitions and the default values, drop the main part: everything from the first call
  # of ld_init() to the first sub after it.
  $text =~ s/^ld_init\(\);.*?^(?=sub )//ms or die "$program: main part not found\n";
  # The program declares its own strictures; each must not see ours.
  package main;
  no strict;
  no warnings;
  local $SIG{__WARN__} = sub { };
  eval "#line 1 \"$program\"\n$text; 1" or die "$program: $@";
}

sub as_text { defined $_[0] ? "$_[0]" : undef }
sub positive { my $n = shift; defined $n && $n !~ /^-/ ? "$n" : undef }

my @phases = ([1, 'starting'], [2, 'running'], [4, 'stopping'], [8, 'reloading']);
sub phases { my $bits = shift; defined $bits && $bits ne '' && $bits !~ /^-/ ? [map { $$_[1] } grep { $bits & $$_[0] } @phases] : undef }

sub server { my $f = shift; defined $f ? { map { $_ => as_text($$f{$_}) } qw(server port forward) } : undef }
sub by_protocol { my $f = shift; defined $f ? { map { $_ => server($$f{$_}) } qw(tcp udp) } : undef }

sub globals {
  no strict;
  return {
    autoreload => as_text($main::AUTOCHECK), callback => as_text($main::CALLBACK),
    checkcount => as_text($main::CHECKCOUNT), checkinterval => as_text($main::CHECKINTERVAL),
    checktimeout => positive($main::CHECKTIMEOUT), cleanstop => as_text($main::CLEANSTOP),
    emailalert => as_text($main::EMAILALERT), emailalertfreq => as_text($main::EMAILALERTFREQ),
    emailalertfrom => as_text($main::EMAILALERTFROM), emailalertstatus => phases($main::EMAILALERTSTATUS),
    execute => [sort keys %main::LD_INSTANCE], failurecount => as_text($main::FAILURECOUNT),
    fallback => by_protocol($main::FALLBACK), fallback6 => by_protocol($main::FALLBACK6),
    fallbackcommand => as_text($main::FALLBACKCOMMAND), fork => as_text($main::FORKING),
    logfile => as_text($main::LDIRLOG), maintenancedir => as_text($main::MAINTDIR),
    negotiatetimeout => positive($main::NEGOTIATETIMEOUT), quiescent => as_text($main::QUIESCENT),
    readdquiescent => as_text($main::READDQUIESCENT), smtp => as_text($main::SMTP),
    supervised => as_text($main::SUPERVISED),
  };
}

my @plain = qw(checkcommand checkinterval checkport checktype cleanstop comment database emailalert
  emailalertfreq fallbackcommand httpmethod load login monitorfile netmask ops passwd persistent
  protocol quiescent receive request schedflags scheduler secret service servicename smtp virtualhost);

sub before_setup {
  my $v = shift;
  my $mark = $$v{protocol} eq 'fwm';
  my %out = map { $_ => as_text($$v{$_}) } @plain;
  $out{$_} = positive($$v{$_}) for qw(checkcount checkinterval checktimeout failurecount negotiatetimeout);
  $out{emailalertstatus} = phases($$v{emailalertstatus});
  my $own = $$v{fallback};
  $out{fallback} = server(defined $own && !exists $$own{server} ? $$own{$$v{protocol}} : $own);
  $out{combined_connects} = as_text($$v{num_connects} // 0);
  $out{family} = $$v{addressfamily} == main::AF_INET6() ? 'inet6' : 'inet';
  $out{fwm} = $mark ? as_text($$v{fwm}) : undef;
  $out{server} = $mark ? undef : as_text($$v{server});
  $out{port} = as_text($$v{port});
  $out{id} = main::get_virtual_id_str($v);
  $out{real} = [map { my $r = $_; +{ (map { $_ => as_text($$r{$_}) } qw(server port forward weight request receive)),
    'l-threshold' => as_text($$r{'l-threshold'}), 'u-threshold' => as_text($$r{'u-threshold'}) } } @{$$v{real} || []}];
  return \%out;
}

sub after_setup {
  my ($v, $out) = @_;
  $$out{effective} = { (map { $_ => as_text($$v{$_}) } qw(checktimeout negotiatetimeout checkcount failurecount)),
    ipvsadm_flags => as_text($$v{flags}), fallback => server(scalar main::fallback_find($v)) };
  my $i = 0;
  for my $r (@{$$v{real} || []}) {
    $$out{real}[$i++]{effective} = { request => as_text($$r{request}), receive => as_text($$r{receive}),
      url => as_text($$r{url}), check_port => as_text(scalar main::ld_checkport($v, $r)),
      forward_flag => as_text($$r{forw}), id => main::get_real_id_str($r, $v) };
  }
}

sub parse {
  my $path = shift;
  no strict;
  no warnings;
  $main::CONFIG = $path;
  $main::DAEMON_STATUS = $main::DAEMON_STATUS_STARTING;
  $main::HOSTNAME = $ENV{HOSTNAME};
  main::read_config();
  my %out = (ok => JSON::PP::true, exit_code => 0, globals => globals(), virtuals => [map { before_setup($_) } @main::VIRTUAL]);
  main::ld_setup();
  after_setup($main::VIRTUAL[$_], $out{virtuals}[$_]) for 0 .. $#main::VIRTUAL;
  return \%out;
}

# Lines that Perl itself adds are no part of the interface (spec 9).
sub own_words { my $text = shift; $text =~ s/^.* at \Q$program\E line \d+.*\n//mg; $text =~ s/\[$$\]/[PID]/g; return $text }

sub in_child {
  my ($path, $out, $codec) = @_;
  my $errors = "/tmp/oracle-stderr.$$";
  open(STDERR, '>', $errors) or die;
  STDERR->autoflush(1);
  my $said = sub {
    open(my $in, '<', $errors) or return '';
    unlink $errors;
    my $text = own_words(do { local $/; <$in> } // '');
    $text =~ s/\Q$path\E/CONFIG/g;
    return $text;
  };
  no warnings 'redefine';
  *main::ld_log = sub { };
  *main::ld_exit = sub { my ($code) = @_; print $out $codec->encode({ name => $path, ok => JSON::PP::false, exit_code => $code, stderr => $said->() }), "\n"; close $out; POSIX::_exit(0) };
  my $result = eval { parse($path) } || { ok => JSON::PP::false, exit_code => 255, died => "$@" };
  $$result{name} = $path;
  $$result{stderr} = $said->();
  print $out $codec->encode($result), "\n";
  close $out;
  POSIX::_exit(0);
}

load_program();
my $codec = JSON::PP->new->canonical->latin1;
if (@rest && $rest[0] eq '--time') {
  no warnings 'redefine';
  *main::ld_log = sub { };
  my $start = (times)[0] + (times)[1];
  parse($rest[1]);
  printf "{\"cpu\":%.3f}\n", (times)[0] + (times)[1] - $start;
  exit 0;
}
$SIG{CHLD} = 'DEFAULT';
while (my $path = <STDIN>) {
  chomp $path;
  pipe(my $read, my $write) or die;
  my $pid = fork();
  if (!$pid) { close $read; alarm($limit); setitimer(ITIMER_PROF, $cpu_limit); in_child($path, $write, $codec) }
  close $write;
  my $line = do { local $/; <$read> };
  waitpid($pid, 0);
  $line = $codec->encode({ name => $path, ok => JSON::PP::false, hang => JSON::PP::true }) . "\n" if $line eq '' || $line !~ /\n\z/;
  print $line;
}
