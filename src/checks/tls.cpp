#include "checks/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace um::checks {
namespace {

constexpr int kWarnDays = 14;  // decision L12

void examine_expiry(X509* certificate, CertificateFindings& found) {
  int seconds = 0;
  const ASN1_TIME* end = X509_get0_notAfter(certificate);
  if (ASN1_TIME_diff(&found.days, &seconds, nullptr, end) != 1 || found.days >= kWarnDays) return;
  std::tm date{};
  ASN1_TIME_to_tm(end, &date);
  const std::string day =
      fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
  found.expiry = found.days < 0 || seconds < 0
                     ? fmt::format("certificate expired {}", day)
                     : fmt::format("certificate expires in {} days ({})", found.days, day);
}

std::string name_mismatch(X509* certificate, const Probe& probe) {
  const bool named = is_host_name(probe.virtual_host);
  const std::string wanted = named ? probe.virtual_host : probe.target.address.to_string();
  const bool fits =
      named ? X509_check_host(certificate, wanted.data(), wanted.size(), 0, nullptr) == 1
            : X509_check_ip_asc(certificate, wanted.c_str(), 0) == 1;
  return fits ? std::string{} : fmt::format("certificate is not for {}", wanted);
}

}  // namespace

boost::asio::execution_context::id TlsContexts::id;

boost::asio::ssl::context& TlsContexts::for_ca_file(const std::string& ca_file) {
  auto& slot = contexts_[ca_file];
  if (!slot) {
    slot = std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
    boost::system::error_code ignored;  // an unreadable store shows as an untrusted chain
    if (ca_file.empty())
      slot->set_default_verify_paths(ignored);
    else
      slot->load_verify_file(ca_file, ignored);
    slot->set_verify_mode(boost::asio::ssl::verify_none);  // examined after the handshake
  }
  return *slot;
}

CertificateFindings examine_certificate(SSL* session, const Probe& probe) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(session),
                                                          &X509_free);
  if (!certificate) return {"no certificate", "", 0, ""};
  CertificateFindings found;
  if (long result = SSL_get_verify_result(session); result != X509_V_OK)
    found.chain = fmt::format("certificate: {}", X509_verify_cert_error_string(result));
  found.name = name_mismatch(certificate.get(), probe);
  examine_expiry(certificate.get(), found);
  return found;
}

bool is_host_name(std::string_view name) {
  if (name.empty()) return false;
  boost::system::error_code error;
  boost::asio::ip::make_address(std::string(name), error);
  return error.failed() && name.front() != '[';
}

}  // namespace um::checks
