# shellcheck shell=bash
# The demo that `run` plays. Sourced by it.

demo() {
    network create "$NETWORK"
    network start "$NETWORK"
    network status "$NETWORK"
}
