package httpserve_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/httpserve"
)

func TestAsksProtection(t *testing.T) {
	for _, name := range []string{
		"tls", "TLS", "tls_crt", "use_ssl", "https", "cert", "certificate_file", "auth_file", "authfile", "Auth-File", "basic_auth",
		"password_file", "htpasswd", "credentials", "api_token", "ca", "ca_file", "client_ca", "client-ca", "clientCA", "clientca", "cafile",
		"key", "key_file", "keyfile", "private_key", "privatekey",
	} {
		require.True(t, httpserve.AsksProtection(name), name)
		require.True(t, httpserve.AsksProtection("x", name), name)
		require.True(t, httpserve.AsksProtection(name, "x"), name)
	}
	for _, name := range []string{
		"", "address", "cache", "cache_secs", "local", "scale", "capacity", "max_concurrent", "monkeys", "colour", "origin_allowlist", "enabled",
	} {
		require.False(t, httpserve.AsksProtection(name), name)
	}
	require.False(t, httpserve.AsksProtection())
}
