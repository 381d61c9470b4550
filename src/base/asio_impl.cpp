// The compiled half of Asio, once for all programs (BOOST_ASIO_SEPARATE_COMPILATION in the
// Makefile): a quarter of the build time of every file that uses it.
#include <boost/asio/impl/src.hpp>
