package ostree_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A pull from a damaged repository either fails with an error that names the object, and leaves nothing
// visible; or the damage does not matter, and what comes over is whole. When the source has been repaired the
// pull succeeds.
func TestPullOfDamagedRepository(t *testing.T) {
	testutil.Root(t)
	for _, mode := range modes {
		s := newSpecimen(t, mode)
		server := serve(t, filepath.Dir(s.path))
		for _, d := range damages {
			if d.only != nil && !slices.Contains(d.only, mode) || strings.Contains(d.name, "ref") {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", mode, d.name), func(t *testing.T) {
				t.Parallel()
				broken := copyRepo(t, s.path)
				d.do(t, s, broken)
				src, err := ostree.Open(broken, nil)
				require.NoError(t, err)
				defer src.Close()
				for _, to := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUserOnly} {
					r := newRepo(t, to)
					before := repoState(t, r)
					_, err := r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Refs: []string{"main"}, Untrusted: true, Depth: 1})
					judge(t, s, r, before, err)
					if mode != ostree.ModeArchive {
						continue
					}
					r = newRepo(t, to)
					addRemote(t, r, "o", serve(t, broken).URL)
					before = repoState(t, r)
					_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Depth: 1})
					failed := judge(t, s, r, before, err)
					if failed {
						_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Depth: 1, URL: server.URL + "/" + filepath.Base(s.path)})
						require.NoError(t, err)
						require.Equal(t, s.tip.Checksum, resolve(t, r, "o:main"))
						requireWholeHistory(t, s, r)
					}
				}
			})
		}
	}
}

// Any object with any bit turned over, cut anywhere or with something behind its end, in any mode: a pull
// finds it, or it does not matter.
func TestPullOfRandomDamage(t *testing.T) {
	testutil.Root(t)
	seed := testutil.Seed(t)
	for i, mode := range modes {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			s := newSpecimen(t, mode)
			src, err := ostree.Open(s.path, nil)
			require.NoError(t, err)
			defer src.Close()
			server := serve(t, s.path)
			for n, err := range src.Objects(t.Context()) {
				require.NoError(t, err)
				path := s.at(s.path, n)
				if stat(t, path).Mode&unix.S_IFMT != unix.S_IFREG {
					continue
				}
				whole := read(t, path)
				for _, broken := range brokenForms(rng, whole) {
					overwrite(t, path, broken)
					r := newRepo(t, ostree.ModeArchive)
					before := repoState(t, r)
					_, err := r.PullLocal(t.Context(), src, &ostree.PullLocalOptions{Refs: []string{"main"}, Untrusted: true, Depth: 1})
					judge(t, s, r, before, err)
					if mode == ostree.ModeArchive {
						r = newRepo(t, ostree.ModeBareUserOnly)
						addRemote(t, r, "o", server.URL)
						before = repoState(t, r)
						_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}, Depth: 1})
						judge(t, s, r, before, err)
					}
				}
				overwrite(t, path, whole)
			}
		})
	}
}

func brokenForms(rng *rand.Rand, whole string) []string {
	flip := func() string {
		b := []byte(whole)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		return string(b)
	}
	return []string{flip(), flip(), flip(), whole[:rng.IntN(len(whole))], whole[:len(whole)-1], whole + "\x00", whole + whole}
}

// overwrite changes a file in place, so that it keeps its attributes.
func overwrite(t testing.TB, path, data string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	require.NoError(t, err)
	_, err = f.WriteString(data)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// judge looks at a pull from a damaged copy of a specimen.
func judge(t testing.TB, s *specimen, r *ostree.Repo, before map[string]string, err error) (failed bool) {
	t.Helper()
	if err != nil {
		unchanged(t, before, r)
		require.Regexp(t, "[0-9a-f]{62}", err.Error(), "the object is named")
		return true
	}
	requireWholeHistory(t, s, r)
	return false
}

func requireWholeHistory(t testing.TB, s *specimen, r *ostree.Repo) {
	t.Helper()
	wholeRepo(t, r.Path())
	state, err := r.CommitState(s.tip.Checksum)
	require.NoError(t, err)
	require.Equal(t, ostree.CommitComplete, state)
	for n, err := range r.Objects(t.Context()) {
		require.NoError(t, err)
		require.NoError(t, r.VerifyObject(t.Context(), n))
	}
}

// keyring runs gpg on a directory of its own.
type keyring struct {
	t    testing.TB
	home string
}

func newKeyring(t testing.TB) *keyring {
	testutil.Tool(t, "gpg")
	home, err := os.MkdirTemp("", "gh") // short: it holds sockets
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	return &keyring{t, home}
}

func (k *keyring) gpg(input string, args ...string) string {
	k.t.Helper()
	args = append([]string{"--homedir", k.home, "--batch", "--quiet", "--no-tty", "--passphrase", ""}, args...)
	return testutil.Run(k.t, &testutil.RunOptions{Must: true, Stdin: input}, "gpg", args...).Stdout
}

// key makes a key and returns its fingerprint. It is two years old and expires after the given time.
func (k *keyring) key(name, expires string) string {
	k.t.Helper()
	k.gpg("", "--faked-system-time", fmt.Sprint(time.Now().AddDate(-2, 0, 0).Unix()), "--quick-gen-key", name+" <"+name+"@example.com>", "ed25519", "sign", expires)
	for line := range strings.Lines(k.gpg("", "--with-colons", "--list-keys", name)) {
		if fpr, ok := strings.CutPrefix(line, "fpr:::::::::"); ok {
			return strings.TrimRight(fpr, ":\n")
		}
	}
	k.t.Fatal("no key")
	return ""
}

func (k *keyring) revoke(fingerprint string) {
	cert := read(k.t, k.home, "openpgp-revocs.d", fingerprint+".rev")
	k.gpg(strings.Replace(cert, "\n:-----", "\n-----", 1), "--import")
}

// sign makes a signature in the past, when every key was good.
func (k *keyring) sign(data, fingerprint string) string {
	return k.gpg(data, "--faked-system-time", fmt.Sprint(time.Now().AddDate(-2, 0, 1).Unix()), "--detach-sign", "-u", fingerprint)
}

func byteArrays(list [][]byte) object.Variant {
	items := make([]object.Variant, len(list))
	for i, b := range list {
		items[i] = gvariant.NewByteArray(b)
	}
	return gvariant.NewArray("ay", items...)
}

// A commit is only pulled with a signature by a key that is known and still good. What is refused, and why,
// is what the reference says.
func TestPullVerifiesSignatures(t *testing.T) {
	t.Parallel()
	tool := testutil.Tool(t, "ostree")
	testutil.UserXattrs(t, t.TempDir())
	k := newKeyring(t)
	good, stranger, expired, revoked := k.key("good", "never"), k.key("stranger", "never"), k.key("expired", "1m"), k.key("revoked", "never")
	src, commits := history(t, 1)
	data := read(t, src.Path(), "objects", object.Name{Checksum: commits[0], Type: object.TypeCommit}.LoosePath(true))
	sigs := map[string]string{}
	for name, fpr := range map[string]string{"good": good, "stranger": stranger, "expired": expired, "revoked": revoked} {
		sigs[name] = k.sign(data, fpr)
	}
	sigs["bad"] = k.sign(data+"x", good)
	sigs["garbage"] = "not a signature"
	k.revoke(revoked)
	ring, err := sign.ParseKeyring([]byte(k.gpg("", "--export", good, expired, revoked)))
	require.NoError(t, err)
	keyFile := filepath.Join(t.TempDir(), "keys.gpg")
	require.NoError(t, os.WriteFile(keyFile, ring.Bytes(), 0o644))
	s := serve(t, src.Path())
	for _, c := range []struct {
		name, want string // "" for success
		sigs       []string
	}{
		{"unsigned", "GPG verification enabled, but no signatures found", nil},
		{"good", "", []string{"good"}},
		{"stranger", "Can't check signature: public key not found", []string{"stranger"}},
		{"expired key", "Key expired", []string{"expired"}},
		{"revoked key", "Key revoked", []string{"revoked"}},
		{"one good of several", "", []string{"stranger", "revoked", "good", "expired", "bad"}},
		{"none good of several", "Key revoked", []string{"stranger", "revoked", "expired"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list [][]byte
			for _, name := range c.sigs {
				list = append(list, []byte(sigs[name]))
			}
			md := &object.Dict{}
			md.Set("ostree.gpgsigs", byteArrays(list))
			if list == nil {
				md = nil
			}
			require.NoError(t, src.WriteDetachedMetadata(commits[0], md))
			r := newRepo(t, ostree.ModeBareUser)
			addRemote(t, r, "o", s.URL, [2]string{"gpg-verify", "true"})
			_, err := r.ImportGPGKeys("o", ring, nil)
			require.NoError(t, err)
			theirs := copyRepo(t, r.Path())
			before := repoState(t, r)
			_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
			res := testutil.Run(t, nil, tool, "--repo="+theirs, "pull", "o", "main")
			if c.want == "" {
				require.NoError(t, err)
				require.Zero(t, res.Exit, res)
				wholeRepo(t, r.Path())
				return
			}
			require.ErrorContains(t, err, c.want)
			require.Equal(t, 1, res.Exit)
			_, text, _ := strings.Cut(res.Stderr, "error: ")
			require.Equal(t, strings.TrimSpace(text), strings.TrimSpace(err.Error()))
			unchanged(t, before, r)
		})
	}
	// Where the reference's words come from gpg's failure, ours are our own; and a bad signature does not
	// hide a good one that comes after it.
	for name, want := range map[string]string{"bad": "BAD signature", "garbage": commits[0].String(), "bad good": ""} {
		t.Run("only "+name, func(t *testing.T) {
			var list [][]byte
			for one := range strings.FieldsSeq(name) {
				list = append(list, []byte(sigs[one]))
			}
			md := &object.Dict{}
			md.Set("ostree.gpgsigs", byteArrays(list))
			require.NoError(t, src.WriteDetachedMetadata(commits[0], md))
			r := newRepo(t, ostree.ModeBareUser)
			addRemote(t, r, "o", s.URL, [2]string{"gpg-verify", "true"})
			_, err := r.ImportGPGKeys("o", ring, nil)
			require.NoError(t, err)
			before := repoState(t, r)
			_, err = r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, want)
			unchanged(t, before, r)
		})
	}
}

// What one program signs, commit and summary, the other verifies on its way.
func TestSignaturesBetweenPrograms(t *testing.T) {
	t.Parallel()
	tool := testutil.Tool(t, "ostree")
	k := newKeyring(t)
	fpr := k.key("signer", "never")
	ring, err := sign.ParseKeyring([]byte(k.gpg("", "--export", fpr)))
	require.NoError(t, err)
	keyFile := filepath.Join(t.TempDir(), "keys.asc")
	require.NoError(t, os.WriteFile(keyFile, ring.Armor(), 0o644))
	home := &sign.Home{Dir: k.home}
	for _, ours := range []bool{true, false} {
		src, commits := history(t, 1)
		if ours {
			require.NoError(t, src.SignCommitGPG(t.Context(), commits[0], home, fpr))
			require.NoError(t, src.UpdateSummary(t.Context(), &ostree.SummaryOptions{GPGHome: home, GPGKeys: []string{fpr}}))
		} else {
			run := func(args ...string) {
				testutil.Run(t, &testutil.RunOptions{Must: true}, tool, append(args, "--repo="+src.Path(), "--gpg-homedir="+k.home)...)
			}
			run("gpg-sign", "main", fpr)
			run("summary", "-u", "--gpg-sign="+fpr)
		}
		s := serve(t, src.Path())
		r := newRepo(t, ostree.ModeArchive)
		addRemote(t, r, "o", s.URL, [2]string{"gpg-verify", "true"}, [2]string{"gpg-verify-summary", "true"})
		_, err := r.ImportGPGKeys("o", ring, nil)
		require.NoError(t, err)
		if ours {
			testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+r.Path(), "pull", "o", "main")
		} else {
			stats, err := r.Pull(t.Context(), "o", &ostree.PullOptions{Refs: []string{"main"}})
			require.NoError(t, err)
			require.Equal(t, "summary+commit", stats.GPG)
		}
		wholeRepo(t, r.Path())
		res := testutil.Run(t, &testutil.RunOptions{Must: true}, tool, "--repo="+r.Path(), "show", "--gpg-verify-remote=o", "o:main")
		require.Contains(t, res.Stdout, `Good signature from "signer <signer@example.com>"`)
	}
}
