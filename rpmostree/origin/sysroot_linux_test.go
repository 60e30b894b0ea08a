package origin_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ostree/sysroot"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

func TestSysrootOrigin(t *testing.T) {
	so, err := sysroot.ParseOrigin([]byte("[origin]\nrefspec=a:b\n\n[libostree-transient]\npinned=true\n\n[x]\ny=z\n"))
	require.NoError(t, err)
	o, err := origin.FromSysroot(so)
	require.NoError(t, err)
	_, err = o.AddPackages([]string{"vim"}, false)
	require.NoError(t, err)
	so, err = o.Sysroot()
	require.NoError(t, err)
	assert.Equal(t, "[origin]\nbaserefspec=a:b\n\n[x]\ny=z\n\n[packages]\nrequested=vim;\n", string(so.Bytes()))
	_, err = origin.FromSysroot(nil)
	assert.ErrorIs(t, err, origin.ErrNoBase)
}
