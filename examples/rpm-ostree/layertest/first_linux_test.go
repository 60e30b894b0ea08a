package layertest_test

import (
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/stretchr/testify/require"
)

func TestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(&rpmtest.Spec{Name: "foo", Files: []rpmtest.File{{Path: "/usr/bin/foo", Mode: 0o755, Content: []byte("foo")}}})
	w.ok("install", "foo")
	w.rpmOK()
	require.Equal(t, []string{"foo-1-1.noarch"}, w.layered())
	w.fails("Package/capability 'foo' is already requested", "install", "foo")
	w.unchanged("install", "foo", "--idempotent")
}
