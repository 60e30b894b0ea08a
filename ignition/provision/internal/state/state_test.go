package state_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
)

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "state")
	s, err := state.Load(path)
	require.NoError(t, err, "a state that is not there is empty")
	require.False(t, s.UserConfigProvided())

	s.FetchedConfigs = []state.FetchedConfig{{Kind: "base", Source: "system"}, {Kind: "user", Source: "file"}}
	require.NoError(t, s.Save(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, `{"fetchedConfigs":[{"kind":"base","source":"system","referenced":false},{"kind":"user","source":"file","referenced":false}],`+
		`"luksPersistKeyFiles":null,"notatedDirectories":null,"providerOutputFiles":null,"luksPersistVolumeKeyFiles":null}`+"\n", string(data))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	again, err := state.Load(path)
	require.NoError(t, err)
	require.Equal(t, s, again)
	require.True(t, again.UserConfigProvided())

	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))
	_, err = state.Load(path)
	require.ErrorContains(t, err, path)
}
