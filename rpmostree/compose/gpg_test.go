package compose_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/compose"
	"github.com/stretchr/testify/require"
)

// gpgHome makes a GnuPG home directory with a key for build@example.com.
func gpgHome(t *testing.T) string {
	t.Helper()
	testutil.Tool(t, "gpg")
	home, err := os.MkdirTemp("", "gh") // short: it holds sockets
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	out, err := exec.Command("gpg", "--homedir", home, "--batch", "--quiet", "--no-tty", "--passphrase", "", "--quick-gen-key", "build <build@example.com>", "rsa2048", "sign", "never").CombinedOutput()
	require.NoError(t, err, string(out))
	return home
}

func TestGPGKeySignsTheCommit(t *testing.T) {
	home := gpgHome(t)
	w := newWorld(t)
	res := w.compose(minimal+"gpg-key: build@example.com\n", func(o *compose.TreeOptions) { o.GPGHome = &sign.Home{Dir: home} })
	public, err := exec.Command("gpg", "--homedir", home, "--export").Output()
	require.NoError(t, err)
	keys, err := sign.ParseKeyring(public)
	require.NoError(t, err)
	result, err := w.repo.VerifyCommitGPG(res.Commit, "", keys)
	require.NoError(t, err)
	require.NoError(t, result.Require())
	_, err = w.try(minimal+"gpg-key: nobody@example.com\n", func(o *compose.TreeOptions) { o.GPGHome, o.ForceNoCache = &sign.Home{Dir: home}, true })
	require.ErrorContains(t, err, "gpg-key: ")
	now, err := w.repo.ResolveRev("os/test")
	require.NoError(t, err)
	require.Equal(t, res.Commit, now)
}

func TestPackageSignatures(t *testing.T) {
	home := gpgHome(t)
	rpmsign, gpg := testutil.Tool(t, "rpmsign"), testutil.Tool(t, "gpg")
	w := newWorld(t)
	key, err := exec.Command("gpg", "--homedir", home, "--armor", "--export").Output()
	require.NoError(t, err)
	w.file("config/key.asc", string(key))
	w.file("config/test.repo", "[test]\nname=test\nbaseurl=file://"+w.path("rpms")+"\ngpgcheck=1\ngpgkey=file://"+w.path("config/key.asc")+"\nmetadata_expire=0\n")
	_, err = w.try(minimal)
	require.ErrorContains(t, err, "cannot be verified and repo test is GPG enabled")
	files, err := os.ReadDir(w.path("rpms"))
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".rpm") {
			continue
		}
		out, err := exec.Command(rpmsign, "--define", "__gpg "+gpg, "--define", "_gpg_name build@example.com", "--define", "_gpg_path "+home, "--addsign", w.path("rpms/"+f.Name())).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	w.packages()
	w.compose(minimal)
}
