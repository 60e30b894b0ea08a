package customize

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzReencode checks that what is left of a config is a config again, of the same version,
// with nothing that is lost at a second time.
func FuzzReencode(f *testing.F) {
	files, err := filepath.Glob("testdata/in/*.ign")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b := &builder{Options: &Options{}}
		text, err := b.parseIgnition(&File{Path: "x", Data: data})
		if err != nil {
			return
		}
		require.True(t, json.Valid(text))
		again, err := reencode(text)
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
	})
}
