package rpmmd_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func TestTLSOptions(t *testing.T) {
	srv := httptest.NewTLSServer(http.FileServer(http.Dir(makeRepo(t, 1000))))
	t.Cleanup(srv.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, block, 0o644))
	for name, c := range map[string]struct {
		change func(*rpmmd.RepoConfig)
		want   string
	}{
		"unknown authority": {func(*rpmmd.RepoConfig) {}, "[60]"},
		"own authority":     {func(r *rpmmd.RepoConfig) { r.SSLCACert = ca }, ""},
		"not verified":      {func(r *rpmmd.RepoConfig) { r.SSLVerify = false }, ""},
		"missing file":      {func(r *rpmmd.RepoConfig) { r.SSLCACert = ca + "x" }, "No such file or directory"},
		"key without cert":  {func(r *rpmmd.RepoConfig) { r.SSLClientKey = ca }, "cannot update repo 'test': "},
	} {
		t.Run(name, func(t *testing.T) {
			repo := repoAt(srv.URL)
			repo.Retries = 1
			c.change(repo)
			m, err := newClient(t, nil).Refresh(t.Context(), repo, nil)
			if c.want != "" {
				require.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			require.Len(t, packagesOf(t, m), 7)
		})
	}
}

// A repository whose documents are zchunk files only, with names that lack the checksum.
func TestRefreshZchunk(t *testing.T) {
	data, err := os.ReadFile("testdata/zchunk/dict.zck")
	require.NoError(t, err)
	plain := golden(t, "primary.xml")
	dir := t.TempDir()
	md := &rpmmd.Repomd{Revision: "1", Data: []rpmmd.RepomdData{{
		Type: "primary_zck", Href: "repodata/primary.xml.zck", Checksum: rpmmd.Checksum{Type: "sha256", Hex: sha256Hex(data)},
		OpenChecksum: rpmmd.Checksum{Type: "sha256", Hex: sha256Hex([]byte(plain))}, Size: int64(len(data)), OpenSize: int64(len(plain)), Timestamp: 1,
	}}}
	require.NoError(t, os.Mkdir(filepath.Join(dir, "repodata"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "primary.xml.zck"), data, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "repodata", "repomd.xml"), md.AppendXML(nil), 0o644))
	m, err := newClient(t, nil).Refresh(t.Context(), repoAt("file://"+dir), nil)
	require.NoError(t, err)
	require.Len(t, packagesOf(t, m), 7)
	path, err := m.Path("primary")
	require.NoError(t, err)
	require.Equal(t, sha256Hex(data)[:32]+"-primary.xml.zck", filepath.Base(path))
}
