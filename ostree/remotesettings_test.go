package ostree_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// TestRemoteSettingsChecked refuses what would only fail at a pull, or would quietly verify nothing.
func TestRemoteSettingsChecked(t *testing.T) {
	t.Parallel()
	r := newRepo(t, ostree.ModeArchive)
	before, err := os.ReadFile(filepath.Join(r.Path(), "config"))
	require.NoError(t, err)
	for setting, want := range map[string]string{
		"sign-verfiy=true":              "did you mean sign-verify?",
		"gpg-vreify=true":               "did you mean gpg-verify?",
		"GPG-Verify=true":               "did you mean gpg-verify?",
		"gpgkeypaht=/k":                 "did you mean gpgkeypath?",
		"gpg-verify-sumary=true":        "did you mean gpg-verify-summary?",
		"verification-ed25519-keys=x":   "did you mean verification-ed25519-key?",
		"verify=true":                   "no such setting",
		"gpg-verify=nope":               "nope",
		"gpg-verify-summary=":           "gpg-verify-summary=",
		"sign-verify=maybe":             "maybe",
		"sign-verify=ed25519;rot13":     "rot13",
		"sign-verify=;":                 "neither a boolean nor a list",
		"verification-rot13-key=x":      "verification-rot13-key",
		"verification-ed25519-key=AAAA": "verification-ed25519-key",
		"verification-ed25519-file=":    "no path",
		"tls-permissive=yes!":           "yes!",
		"gpgkeypath=/a;/b,/c":           "more than one separator",
		"collection-id=x":               "collection-id",
	} {
		key, value, _ := strings.Cut(setting, "=")
		err := r.AddRemote("o", "http://h/", &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify-summary", "false"}, {key, value}}})
		require.ErrorContains(t, err, want, setting)
		require.ErrorContains(t, err, "adding remote o: remote setting "+setting, setting)
		require.Error(t, r.CheckRemoteSetting(key, value))
	}
	for name, o := range map[string]*ostree.RemoteAddOptions{
		"twice":     {GPGVerify: new(true), Settings: [][2]string{{"gpg-verify", "false"}}},
		"no engine": {SignVerify: new(true), VerificationKeys: []ostree.VerificationKey{{Engine: "rot13", File: "/k"}}},
		"empty key": {SignVerify: new(true), VerificationKeys: []ostree.VerificationKey{{}}},
		"two keys":  {SignVerify: new(true), VerificationKeys: []ostree.VerificationKey{{File: "/a"}, {Engine: "ed25519", File: "/b"}}},
		"unused":    {SignVerify: new(false), VerificationKeys: []ostree.VerificationKey{{File: "/a"}}},
		"bad key":   {SignVerify: new(true), VerificationKeys: []ostree.VerificationKey{{Key: "AAAA"}}},
		// Both would be obeyed as they stand: by a pull of whatever comes.
		"contradiction": {Settings: [][2]string{{"gpg-verify", "true"}, {"gpg-verify", "false"}}},
		"unused file":   {Settings: [][2]string{{"gpg-verify", "false"}, {"verification-ed25519-file", "/k"}}},
		"switched off":  {Settings: [][2]string{{"sign-verify", "false"}, {"verification-ed25519-file", "/k"}}},
		"unused keys":   {Settings: [][2]string{{"gpg-verify", "false"}, {"gpgkeypath", "/k"}}},
		"far":           {Settings: [][2]string{{"sgn-verfiy", "ed25519"}}},
	} {
		require.Error(t, r.AddRemote("o", "http://h/", o), name)
	}
	after, err := os.ReadFile(filepath.Join(r.Path(), "config"))
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))

	good := [][2]string{{"gpg-verify", "1"}, {"sign-verify", "ed25519;spki"}, {"verification-spki-file", "/k"}, {"gpgkeypath", "/a;/b"},
		{"branches", "a;b;"}, {"contenturl", "http://c/"}, {"x.title", "anything"}, {"custom", ""}, {"collection-id", "org.example.Os"}}
	require.NoError(t, r.AddRemote("o", "http://h/", &ostree.RemoteAddOptions{Settings: good}))
	require.NoError(t, r.AddRemote("q", "http://h/", &ostree.RemoteAddOptions{Settings: [][2]string{
		{"gpg-verify", "false"}, {"gpg-verify-summary", "true"}, {"gpgkeypath", "/k"},
		{"sign-verify-summary", "ed25519"}, {"verification-ed25519-file", "/k"},
	}}))
	require.NoError(t, r.AddRemote("p", "http://h/", &ostree.RemoteAddOptions{Unchecked: true, Settings: [][2]string{{"sign-verfiy", "true"}}}))
}

// TestVerificationFields pulls what is signed with the key of the options, and nothing else.
func TestVerificationFields(t *testing.T) {
	t.Parallel()
	src, commits := history(t, 2)
	public, secret, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	dst := newRepo(t, ostree.ModeArchive)
	require.NoError(t, dst.AddRemote("o", "file://"+src.Path(), &ostree.RemoteAddOptions{
		GPGVerify: new(false), GPGVerifySummary: new(false), SignVerify: new(true), SignVerifySummary: new(false),
		VerificationKeys: []ostree.VerificationKey{{Key: base64.StdEncoding.EncodeToString(public)}},
		Settings:         [][2]string{{"branches", "main;"}},
	}))
	config, err := os.ReadFile(filepath.Join(dst.Path(), "config"))
	require.NoError(t, err)
	require.Contains(t, string(config), "\n[remote \"o\"]\nurl=file://"+src.Path()+"\nbranches=main;\ngpg-verify=false\ngpg-verify-summary=false\n"+
		"verification-ed25519-key="+base64.StdEncoding.EncodeToString(public)+"\nsign-verify=ed25519\nsign-verify-summary=false\n")
	_, err = dst.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.ErrorContains(t, err, "Can't verify commit")
	require.NoError(t, src.SignCommit(t.Context(), commits[1], sign.Ed25519{}, secret))
	_, err = dst.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
	require.NoError(t, err)
	require.Equal(t, commits[1], resolve(t, dst, "o:main"))
}

// TestBindings follows what each way to write a commit means for the refs it may have and be pulled as.
func TestBindings(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, r *ostree.Repo, o *ostree.CommitOptions) (*ostree.Txn, object.Checksum, error) {
		txn, err := r.Begin(t.Context(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { txn.Abort() })
		root, meta, err := func() (a, b object.Checksum, err error) {
			tree := ostree.NewTree()
			if err := txn.AddDirectory(t.Context(), tree, t.TempDir(), &ostree.Modifier{CanonicalPermissions: true}); err != nil {
				return a, b, err
			}
			return txn.WriteTree(tree)
		}()
		require.NoError(t, err)
		c, err := txn.WriteCommit(t.Context(), root, meta, o)
		return txn, c, err
	}
	for name, tc := range map[string]struct {
		opts *ostree.CommitOptions
		want string // error of SetRef
	}{
		"nil":         {nil, ""},
		"bound":       {&ostree.CommitOptions{Refs: []string{"z", "os/stable"}}, ""},
		"no bindings": {&ostree.CommitOptions{Refs: []string{"z"}, NoBindings: true}, ""},
		"to others":   {&ostree.CommitOptions{Refs: []string{"z", "a"}}, "is bound to ‘a’, ‘z’ and could not be pulled as ‘os/stable’"},
		"orphan":      {&ostree.CommitOptions{Orphan: true}, "is bound to no refs and could not be pulled as ‘os/stable’"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepo(t, ostree.ModeArchive)
			txn, c, err := write(t, r, tc.opts)
			require.NoError(t, err)
			err = txn.SetRef("os/stable", c)
			if tc.want != "" {
				var bad *ostree.BindingError
				require.ErrorAs(t, err, &bad)
				require.Equal(t, c, bad.Commit)
				require.ErrorContains(t, err, tc.want)
				return
			}
			require.NoError(t, err)
			_, err = txn.Commit(t.Context())
			require.NoError(t, err)
			_, err = newRepo(t, ostree.ModeArchive).PullLocal(t.Context(), r, &ostree.PullLocalOptions{Refs: []string{"os/stable"}})
			require.NoError(t, err)
		})
	}
	remote := newRepo(t, ostree.ModeArchive)
	txn, c, err := write(t, remote, &ostree.CommitOptions{Refs: []string{"origin:main"}})
	require.NoError(t, err)
	require.NoError(t, txn.SetRef("origin:main", c))
	require.Error(t, txn.SetRef("other:main", c))
	require.Error(t, txn.SetRef("main", c))
	require.NoError(t, txn.Abort())
	r, err := ostree.Init(t.TempDir(), &ostree.InitOptions{Mode: ostree.ModeArchive, CollectionID: "org.example.Os"})
	require.NoError(t, err)
	defer r.Close()
	txn, _, err = write(t, r, nil)
	require.ErrorContains(t, err, "needs Refs")
	require.NoError(t, txn.Abort())
	_, _, err = write(t, r, &ostree.CommitOptions{Orphan: true, Refs: []string{"x"}})
	require.ErrorContains(t, err, "Orphan")
}

// TestEndedTransaction refuses everything that would get lost.
func TestEndedTransaction(t *testing.T) {
	t.Parallel()
	r, commits := history(t, 1)
	for _, o := range []*ostree.TxnOptions{nil, {NoFsync: true}} {
		txn, err := r.Begin(t.Context(), o)
		require.NoError(t, err)
		_, err = txn.Commit(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, txn.SetRef("late", commits[0]), ostree.ErrTransactionEnded)
		require.ErrorIs(t, txn.SetCollectionRef(ostree.CollectionRef{Ref: "late"}, commits[0]), ostree.ErrTransactionEnded)
		_, err = txn.WriteMeta(object.TypeDirTree, nil, (&object.DirTree{}).Marshal())
		require.ErrorIs(t, err, ostree.ErrTransactionEnded)
		_, err = txn.WriteFile(t.Context(), nil, &object.FileHeader{Mode: object.ModeSymlink | 0o777, Symlink: "x"}, 0, nil)
		require.ErrorIs(t, err, ostree.ErrTransactionEnded)
		_, err = txn.Commit(t.Context())
		require.ErrorIs(t, err, ostree.ErrTransactionEnded)
		require.NoError(t, txn.Abort())
	}
	running, err := r.Begin(t.Context(), nil)
	require.NoError(t, err)
	second, err := r.Begin(t.Context(), nil)
	require.ErrorIs(t, err, ostree.ErrTransactionRunning)
	require.NoError(t, second.Abort(), "of none")

	// Close aborts, and may come twice.
	require.NoError(t, r.Close())
	require.ErrorIs(t, running.SetRef("late", commits[0]), ostree.ErrTransactionEnded)
	file, err := os.Open(r.Path()) // takes over a number that was closed
	require.NoError(t, err)
	defer file.Close()
	require.NoError(t, r.Close())
	_, err = file.Stat()
	require.NoError(t, err)
	_, err = r.HasObject(object.Name{Checksum: commits[0], Type: object.TypeCommit})
	require.Error(t, err)
}

// TestCookiesArePrivate makes the file readable for its owner only, one of libostree's too when it changes.
func TestCookiesArePrivate(t *testing.T) {
	t.Parallel()
	r := newRepo(t, ostree.ModeArchive)
	jar := filepath.Join(r.Path(), "o.cookies.txt")
	mode := func() os.FileMode {
		st, err := os.Stat(jar)
		require.NoError(t, err)
		return st.Mode()
	}
	require.NoError(t, os.WriteFile(jar, nil, 0o644))
	require.NoError(t, r.AddCookie("o", "host", "/", "n", "v"))
	require.EqualValues(t, 0o600, mode())
	require.NoError(t, os.Chmod(jar, 0o644))
	require.NoError(t, r.DeleteCookie("o", "host", "/", "n"))
	require.EqualValues(t, 0o600, mode())
}

// TestPullErrorsHideQueries in the URL of a remote, where signed URLs have their signature.
func TestPullErrorsHideQueries(t *testing.T) {
	t.Parallel()
	r := newRepo(t, ostree.ModeArchive)
	require.NoError(t, r.AddRemote("o", "http://user:s3cr3t@127.0.0.1:1/x?sig=s3cr3t", &ostree.RemoteAddOptions{GPGVerify: new(false)}))
	_, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"a"}, Retries: -1})
	require.ErrorContains(t, err, "127.0.0.1:1/x")
	require.NotContains(t, err.Error(), "s3cr3t")
}
