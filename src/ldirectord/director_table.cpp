// The half of the director that faces the kernel: plan, apply, say what happened, remember it.
#include <algorithm>

#include "ldirectord/director.hpp"

namespace um::ldirectord {

/// One step for a virtual service, and the kernel's answer.
struct Director::Change {
  ipvs::Op op;
  ipvs::Error error;

  bool done() const { return error.code == 0; }
  bool of_real() const {
    return op.kind == ipvs::Op::Kind::kAddReal || op.kind == ipvs::Op::Kind::kEditReal ||
           op.kind == ipvs::Op::Kind::kDeleteReal;
  }
};

std::optional<TimePoint> Director::next_wakeup() const {
  std::optional<TimePoint> next;
  for (const VirtualState& state : virtuals_)
    if (!state.fallback_allowed && (!next || state.fallback_not_before < *next))
      next = state.fallback_not_before;
  return next;
}

// The fallback waits for the first results of a virtual service, a second at most (decision L21).
bool Director::allow_fallback(std::size_t v, TimePoint now) {
  VirtualState& state = virtuals_[v];
  if (state.fallback_allowed) return false;
  if (!results_complete(v) && now < state.fallback_not_before) return false;
  state.fallback_allowed = true;
  return true;
}

void Director::settle(TimePoint now) {
  std::set<std::size_t> touched;
  for (std::size_t v = 0; v < virtuals_.size(); ++v) {
    if (allow_fallback(v, now)) virtuals_[v].dirty = true;
    if (virtuals_[v].dirty) touched.insert(v);
  }
  touched_ = false;
  if (!touched.empty()) reconcile(touched, now);
  if (phase_ != Phase::kRunning) update_phase();
}

void Director::reconcile(const std::set<std::size_t>& touched, TimePoint) {
  ipvs::Scope scope;
  for (std::size_t v : touched) scope.insert(roster_.virtuals[v].key);
  auto current = kernel_.read(scope);
  if (!current) {
    report_unreadable(current.error());
    return;  // they stay dirty, and the next inspect() settles again
  }
  unreadable_logged_ = false;
  auto service_of = [&](std::size_t v) -> const ipvs::Service* {
    auto found = current->find(roster_.virtuals[v].key);
    return found == current->end() ? nullptr : &found->second;
  };
  ipvs::Table desired;
  for (std::size_t v : touched) desired[roster_.virtuals[v].key] = target(v, service_of(v));
  const std::vector<ipvs::Op> ops = ipvs::plan(*current, desired, scope);
  const std::vector<ipvs::Error> errors = kernel_.apply(ops);
  for (std::size_t v : touched) {
    const std::vector<Change> changes = changes_of(v, ops, errors);
    log_refusals(v, changes);
    announce(v, service_of(v) != nullptr, changes);
    remember(v, service_of(v), changes);
    command_fallback(v);
    virtuals_[v].dirty = virtuals_[v].fresh = false;
  }
}

void Director::report_unreadable(const ipvs::Error& error) {
  if (!std::exchange(unreadable_logged_, true))
    outside_.warn(fmt::format("ERROR: cannot read the IPVS table: {}", error.message));
}

ipvs::Service Director::target(std::size_t v, const ipvs::Service* current) {
  const RosterVirtual& virt = roster_.virtuals[v];
  VirtualState& state = virtuals_[v];
  FallbackUse fallback = fallback_use(virt, state.reals);
  const bool there_already =
      current != nullptr && virt.fallback && current->reals.contains(virt.fallback->at);
  if (!state.fallback_allowed && !there_already) fallback = FallbackUse::kOff;
  state.wish = wanted(virt, state.reals, fallback);
  if (current == nullptr) {
    if (state.written)
      outside_.warn(
          fmt::format("WARNING: virtual server {} was missing in the kernel's table: rebuilding it",
                      virt.name));
    state.written.reset();
  }
  if (current == nullptr || state.fresh || !state.written) return state.wish;
  return keep_hand_changes(virt, state.reals, state.wish, *current, *state.written,
                           roster_.globals.readd_quiescent);
}

std::vector<Director::Change> Director::changes_of(std::size_t v, const std::vector<ipvs::Op>& ops,
                                                   const std::vector<ipvs::Error>& errors) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < ops.size(); ++i)
    if (ops[i].service == roster_.virtuals[v].key) changes.push_back({ops[i], errors[i]});
  return changes;
}

// What the kernel took becomes what we wrote; a refused entry is remembered as the kernel has it,
// so that it still differs from the wish and is tried again.
void Director::remember(std::size_t v, const ipvs::Service* current,
                        const std::vector<Change>& changes) {
  VirtualState& state = virtuals_[v];
  ipvs::Service written = state.wish;
  for (const Change& change : changes) {
    if (change.done()) continue;
    if (!change.of_real()) {
      if (current == nullptr) {
        state.written.reset();
        return;
      }
      written.settings = current->settings;
      continue;
    }
    written.reals.erase(change.op.at);
    if (current != nullptr)
      if (auto found = current->reals.find(change.op.at); found != current->reals.end())
        written.reals.insert(*found);
  }
  state.written = std::move(written);
}

void Director::log_refusals(std::size_t v, const std::vector<Change>& changes) {
  std::set<std::string> refused;
  bool service_refused = false;
  for (const Change& change : changes) {
    if (change.done()) continue;
    const std::string line = failed_change(change.op, change.error.message);
    // Without the service its real servers cannot be added: one line says it all.
    const bool consequence = service_refused && change.of_real();
    if (!change.of_real()) service_refused = true;
    if (!consequence && !virtuals_[v].refused.contains(line)) outside_.warn(line);
    refused.insert(line);
  }
  virtuals_[v].refused = std::move(refused);
}

void Director::announce(std::size_t v, bool existed, const std::vector<Change>& changes) {
  const RosterVirtual& virt = roster_.virtuals[v];
  const VirtualState& state = virtuals_[v];
  std::map<ipvs::RealKey, const Change*> of_real;
  const Change* of_service = nullptr;
  for (const Change& change : changes)
    (change.of_real() ? of_real[change.op.at] : of_service) = &change;
  if (of_service != nullptr && of_service->done() && !existed)
    outside_.log(added_virtual(virt));
  else if (existed && (state.fresh || (of_service != nullptr && of_service->done())))
    outside_.log(changed_virtual(virt));
  auto take = [&](const ipvs::RealKey& at) -> const Change* {
    auto found = of_real.find(at);
    if (found == of_real.end()) return nullptr;
    const Change* change = found->second;
    of_real.erase(found);
    return change->done() ? change : nullptr;
  };
  const Change* of_fallback = nullptr;
  for (std::size_t r = 0; r < virt.reals.size(); ++r) {
    const bool is_fallback =
        virt.fallback && virt.fallback->at == virt.reals[r].at && !state.reals[r].in_service();
    if (is_fallback) continue;
    if (const Change* change = take(virt.reals[r].at)) announce_real(v, r, *change);
  }
  if (virt.fallback) of_fallback = take(virt.fallback->at);
  for (const auto& [at, change] : of_real) {  // nobody in the configuration: left over or by hand
    if (!change->done()) continue;
    const std::string name = ipvs::endpoint_text(at.address, at.port);
    notify(virt, Notice::About::kOther, purged_real("start", name, virt), name);
  }
  if (of_fallback != nullptr) announce_fallback(virt, *of_fallback);
}

void Director::announce_real(std::size_t v, std::size_t r, const Change& change) {
  const RosterVirtual& virt = roster_.virtuals[v];
  const RosterReal& real = virt.reals[r];
  const bool adding = change.op.kind == ipvs::Op::Kind::kAddReal;
  if (change.op.kind == ipvs::Op::Kind::kDeleteReal) {
    notify(virt, Notice::About::kLost,
           deleted_server("real", mapped_name(real.name, real.at), virt), real.name);
  } else if (virtuals_[v].wish.reals[real.at] != real.entry ||
             !virtuals_[v].reals[r].in_service()) {
    const std::string text = quiesced_real(mapped_name(real.name, real.at), virt);
    if (adding && virtuals_[v].fresh) {
      outside_.log(text);  // no transition: it was not there before
    } else if (adding) {
      outside_.log("Readd " + text);
      outside_.notify(virt, {Notice::About::kLost, text, real.name, phase_});
    } else {
      notify(virt, Notice::About::kLost, text, real.name);
    }
  } else {
    notify(virt, Notice::About::kBack,
           adding ? added_server("real", real.name, virt, real.entry.weight)
                  : restored_server("real", real.name, virt, real.entry.weight),
           real.name);
  }
}

void Director::announce_fallback(const RosterVirtual& v, const Change& change) {
  const RosterFallback& fallback = *v.fallback;
  switch (change.op.kind) {
    case ipvs::Op::Kind::kAddReal:
      notify(v, Notice::About::kOther,
             added_server("fallback", fallback.name, v, fallback.entry.weight), fallback.name);
      break;
    case ipvs::Op::Kind::kDeleteReal:
      notify(v, Notice::About::kBack,
             deleted_server("fallback", mapped_name(fallback.name, fallback.at), v), fallback.name);
      break;
    default:
      notify(v, Notice::About::kOther,
             restored_server("fallback", fallback.name, v, fallback.entry.weight), fallback.name);
  }
}

void Director::notify(const RosterVirtual& v, Notice::About about, const std::string& text,
                      const std::string& server_name) {
  outside_.log(text);
  outside_.notify(v, {about, text, server_name, phase_});
}

// Called when the state differs from the last call's, and once after a start or reload (spec
// ldirectord-runtime 5.4), but not while it is still open which it will be.
void Director::command_fallback(std::size_t v) {
  const RosterVirtual& virt = roster_.virtuals[v];
  VirtualState& state = virtuals_[v];
  if (virt.rules.fallback_command.empty()) return;
  const FallbackUse use = fallback_use(virt, state.reals);
  if (use == FallbackUse::kOn && !state.fallback_allowed) return;
  if (state.commanded == use) return;
  state.commanded = use;
  outside_.fallback_command(virt, use == FallbackUse::kOn ? "start" : "stop");
}

void Director::inspect(TimePoint now) {
  auto current = kernel_.read(roster_.scope());
  if (!current) {
    report_unreadable(current.error());
    return;
  }
  unreadable_logged_ = false;
  for (std::size_t v = 0; v < virtuals_.size(); ++v) {
    VirtualState& state = virtuals_[v];
    auto found = current->find(roster_.virtuals[v].key);
    if (found == current->end() || !state.refused.empty()) {
      touch(state);
      continue;
    }
    note_drift(v, found->second);
  }
  settle(now);
}

void Director::note_drift(std::size_t v, const ipvs::Service& current) {
  const RosterVirtual& virt = roster_.virtuals[v];
  VirtualState& state = virtuals_[v];
  if (!state.written || current == *state.written) {
    state.drifted.clear();
    return;
  }
  // Only what policy enforces makes a difference worth writing.
  if (keep_hand_changes(virt, state.reals, state.wish, current, *state.written,
                        roster_.globals.readd_quiescent) != current) {
    touch(state);
    return;
  }
  std::set<std::string> drifted;
  std::set<ipvs::RealKey> keys;
  for (const ipvs::Service* service : {&current, std::as_const(state.written).operator->()})
    for (const auto& [at, real] : service->reals) keys.insert(at);
  for (const ipvs::RealKey& at : keys) {
    auto have = current.reals.find(at);
    auto want = state.written->reals.find(at);
    const bool here = have != current.reals.end(), wanted = want != state.written->reals.end();
    if (here && wanted && have->second == want->second) continue;
    const std::string name = in_virtual(ipvs::endpoint_text(at.address, at.port), virt);
    drifted.insert(!here     ? fmt::format("{} was removed", name)
                   : !wanted ? fmt::format("{} was added", name)
                             : fmt::format("{} has weight {} instead of {}", name,
                                           have->second.weight, want->second.weight));
  }
  if (current.settings != state.written->settings)
    drifted.insert(fmt::format("virtual server {} was edited", virt.name));
  for (const std::string& line : drifted)
    if (!state.drifted.contains(line))
      outside_.log(fmt::format("drift: {} by hand; left alone (drift=keep)", line));
  state.drifted = std::move(drifted);
}

ipvs::ConnectionTable Director::connections() const {
  auto asked = kernel_.connections(roster_.scope());
  return asked ? std::move(*asked) : ipvs::ConnectionTable{};
}

void Director::purge_old(const Roster& old_roster) {
  const ipvs::Scope kept = roster_.scope();
  std::vector<const RosterVirtual*> gone;
  ipvs::Scope scope;
  for (const RosterVirtual& v : old_roster.virtuals)
    if (!kept.contains(v.key) && scope.insert(v.key).second) gone.push_back(&v);
  if (gone.empty()) return;
  auto current = kernel_.read(scope);
  if (!current) {
    report_unreadable(current.error());
    return;
  }
  for (const RosterVirtual* v : gone) {
    if (!current->contains(v->key)) continue;
    const std::vector<ipvs::Op> ops{ipvs::Op::delete_service(v->key)};
    const std::vector<ipvs::Error> errors = kernel_.apply(ops);
    outside_.log(errors[0].code == 0 ? purged_virtual("start", v->name)
                                     : failed_change(ops[0], errors[0].message));
  }
}

void Director::stop() {
  phase_ = Phase::kStopping;
  auto current = kernel_.read(roster_.scope());
  if (!current) {
    report_unreadable(current.error());
    return;
  }
  std::set<std::string> purged;
  for (std::size_t v = 0; v < virtuals_.size(); ++v)
    if (roster_.virtuals[v].rules.clean_stop) stop_virtual(v, *current, purged);
}

// A real server that several virtual services share is named once, as the old program did.
void Director::stop_virtual(std::size_t v, const ipvs::Table& current,
                            std::set<std::string>& purged) {
  const RosterVirtual& virt = roster_.virtuals[v];
  const VirtualState& state = virtuals_[v];
  if (auto found = current.find(virt.key); found != current.end()) {
    std::vector<ipvs::Op> ops;
    std::vector<std::string> names;
    for (std::size_t r = 0; r < virt.reals.size(); ++r) {
      const RosterReal& real = virt.reals[r];
      if (!state.reals[r].up || !found->second.reals.contains(real.at) ||
          !purged.insert(real.identity).second)
        continue;
      ops.push_back(ipvs::Op::delete_real(virt.key, real.at));
      names.push_back(real.name);
    }
    ops.push_back(ipvs::Op::delete_service(virt.key));
    const std::vector<ipvs::Error> errors = kernel_.apply(ops);
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (errors[i].code != 0)
        outside_.warn(failed_change(ops[i], errors[i].message));
      else if (i < names.size())
        notify(virt, Notice::About::kOther, purged_real("stop", names[i], virt), names[i]);
      else
        outside_.log(purged_virtual("stop", virt.name));
    }
  }
  if (state.commanded == FallbackUse::kOn) outside_.fallback_command(virt, "stop");
}

}  // namespace um::ldirectord
