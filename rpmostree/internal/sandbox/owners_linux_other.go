//go:build linux && !amd64

package sandbox

// oldOwnerCalls are calls that newer architectures do without.
var oldOwnerCalls []ownerCall
