// The compiled half of Asio's TLS; see base/asio_impl.cpp.
#include <boost/asio/ssl/impl/src.hpp>
