// SIGHUP: the files are checked first, on a helper thread; a bad one changes nothing (decision H5),
// a good one is applied in place (H6).
#include <cerrno>
#include <cstring>

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "heartbeat/daemon.hpp"
#include "heartbeat/environment.hpp"
#include "heartbeat/log_setup.hpp"

namespace um::heartbeat {

namespace asio = boost::asio;

namespace {

std::string_view text_of(const parsers::CheckedFile& file) {
  return file.source ? file.source->text() : std::string_view{};
}

}  // namespace

void Daemon::reload() {
  if (reloading_ || leaving_) return;
  struct stat state {};
  if (::stat(paths_.ha_cf().c_str(), &state) != 0)
    return log_.error("Cannot stat {}: {}", legacy_spelling(paths_.ha_cf()), std::strerror(errno));
  reloading_ = true;
  asio::post(helpers_, [this] {
    parsers::StartOptions options;
    options.directory = paths_.etc;
    options.manage_resources = order_.manage_resources;
    options.reload = true;
    auto verdict = std::make_shared<parsers::Verdict>(parsers::validate(*real_machine(), options));
    asio::post(loop_, [this, verdict] {
      reloading_ = false;
      if (!leaving_) take_reload(std::move(*verdict));
    });
  });
}

void Daemon::take_reload(parsers::Verdict verdict) {
  const bool ha_cf = text_of(verdict.ha_cf) != text_of(verdict_.ha_cf);
  const bool keys = text_of(verdict.authkeys) != text_of(verdict_.authkeys);
  const bool resources = text_of(verdict.haresources) != text_of(verdict_.haresources);
  if (!verdict.ok()) {
    for (const parsers::StartLine& line : verdict.lines) log_.write(line.level, line.text);
    log_.info("Config errors: Heartbeat pid {} NOT restarted", ::getppid());
    return;
  }
  if (!ha_cf && !keys && !resources) return log_.info("Configuration unchanged.");
  if (verdict.own_node != verdict_.own_node) {
    log_.error("The name of this node changed from {} to {}: that needs a stop and a start.",
               verdict_.own_node, verdict.own_node);
    return;
  }
  if (keys) log_.info("Rereading authentication file.");
  apply_keys(verdict);
  if (ha_cf || resources)
    apply(std::move(verdict));
  else
    verdict_ = std::move(verdict);
}

void Daemon::apply_keys(const parsers::Verdict& verdict) {
  transport_.set_keys(keyring(verdict.keys));
}

void Daemon::apply(parsers::Verdict verdict) {
  log_.info("Rereading configuration file {}.", legacy_spelling(paths_.ha_cf()));
  const std::string watchdog = verdict_.config.watchdog;
  verdict_ = std::move(verdict);
  debug_ = std::max(order_.debug, verdict_.config.log.debug);
  log_.configure(log_settings(verdict_.config, debug_, false));
  for (const parsers::StartLine& line : verdict_.lines) log_.write(line.level, line.text);
  give_log_files_to("hacluster", log_.settings(), log_);
  for (const Transport::Trouble& trouble : transport_.set_media(verdict_.config.media))
    log_.error("{}: not used.", trouble.reason);
  who_.debug = debug_;
  handle(cluster::Reconfigured{
      cluster_config(verdict_, who_, rc_scripts(paths_.rc_scripts(), paths_.shipped_rc_scripts))});
  runner_->configure({verdict_.config, environment()});
  api_->set_rules(clientapi::AccessRules(verdict_.config.apiauth));
  if (comm_up_) clients_.change(verdict_.config.clients);
  configure_parts();
  if (verdict_.config.watchdog != watchdog) {
    watchdog_.disarm();
    if (!verdict_.config.watchdog.empty())
      watchdog_.open(verdict_.config.watchdog, verdict_.config.deadtime);
    feed_watchdog();
  }
  tell_guardian(EngineSettings{verdict_.config.keepalive, verdict_.config.deadtime,
                               !verdict_.config.watchdog.empty()});
}

void Daemon::configure_parts() {
  const bool netstring = verdict_.config.msgfmt == parsers::MessageFormat::kNetstring;
  transport_.set_form(netstring ? wire::Form::kNetstring : wire::Form::kString);
  transport_.set_log_bad_packets(verdict_.config.log.log_badpack);
  if (api_) api_->set_form(netstring ? wire::Form::kNetstring : wire::Form::kString);
}

Environment Daemon::environment() const {
  return script_environment(
      child_environment(verdict_.config, verdict_.own_node, paths_, current_environment(), debug_),
      verdict_.config);
}

}  // namespace um::heartbeat
