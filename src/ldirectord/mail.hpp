// mail.hpp - hands one mail to the local mail command or to an SMTP server.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "ldirectord/alerts.hpp"

namespace um::ldirectord {

/// Empty when it was taken, else the line for the log. Never longer than 30 seconds.
boost::asio::awaitable<std::string> send_mail(const Mail& mail);

/// The text of a mail as it goes through `sendmail -t`.
std::string local_message(const Mail& mail);

}  // namespace um::ldirectord
