package flavour_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/installer/flavour"
)

func TestDefault(t *testing.T) {
	require.Equal(t, "coreos", flavour.Default("/usr/bin/coreos-installer").Name)
	require.Equal(t, "nestos", flavour.Default("nestos-installer").Name)
	require.Equal(t, "nestos", flavour.Default("anything").Name)
}

func TestDetect(t *testing.T) {
	coreos := func(f *flavour.Flavour) bool { return f.ISODir == "COREOS" }
	none := func(*flavour.Flavour) bool { return false }
	require.Equal(t, "coreos", flavour.Detect(coreos, nil).Name)
	require.Equal(t, "nestos", flavour.Detect(none, nil).Name)
	require.Equal(t, "coreos", flavour.Detect(none, flavour.CoreOS()).Name)
}

func TestParseFeatures(t *testing.T) {
	f, err := flavour.ParseFeatures([]byte(`{"installer-config":true,"installer-config-directives":{"console":true},"future":1}`))
	require.NoError(t, err)
	require.True(t, f.InstallerConfig && f.InstallerConfigDirectives["console"])
	require.False(t, f.LiveInitrdNetwork)
	_, err = flavour.ParseFeatures([]byte(`[]`))
	require.ErrorContains(t, err, "parsing features")
}

func ExampleFlavour_InstKarg() {
	fmt.Println(flavour.NestOS().InstKarg("install_dev"))
	// Output: nestos.inst.install_dev
}
