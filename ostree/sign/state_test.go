package sign_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// reference is a repository of the real ostree with one commit.
type reference struct {
	t           testing.TB
	dir, commit string
}

func newReference(t testing.TB) *reference {
	testutil.Tool(t, "ostree")
	r := &reference{t: t, dir: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(r.dir, "tree"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(r.dir, "trusted"), 0o755))
	r.run("init", "--mode=archive")
	r.run("remote", "add", "o", "http://127.0.0.1/")
	r.commit = strings.TrimSpace(r.run("commit", "-b", "main", "--tree=dir="+filepath.Join(r.dir, "tree")))
	return r
}

func (r *reference) run(args ...string) string {
	r.t.Helper()
	res := r.try(args...)
	require.Zero(r.t, res.Exit, res.String())
	return res.Stdout
}

func (r *reference) try(args ...string) *testutil.Result {
	env := []string{"OSTREE_GPG_HOME=" + filepath.Join(r.dir, "trusted"), "GNUPGHOME=" + filepath.Join(r.dir, "none")}
	return testutil.Run(r.t, &testutil.RunOptions{Env: env}, "ostree", append([]string{"--repo=" + filepath.Join(r.dir, "repo")}, args...)...)
}

// object is the serialized commit, which is what signatures are made over.
func (r *reference) object() []byte {
	return read(r.t, filepath.Join(r.dir, "repo/objects", r.commit[:2], r.commit[2:]+".commit"))
}

// signatures reads ostree.gpgsigs.
func (r *reference) signatures() [][]byte {
	text := r.run("show", "main", "--print-detached-metadata-key=ostree.gpgsigs")
	var sigs [][]byte
	for _, m := range regexp.MustCompile(`\[(?:byte )?0x[0-9a-f, x]+\]`).FindAllString(text, -1) {
		m = strings.NewReplacer("[", "", "]", "", "byte ", "", "0x", "", ", ", "").Replace(m)
		raw, err := hex.DecodeString(m)
		require.NoError(r.t, err)
		sigs = append(sigs, raw)
	}
	return sigs
}

// described is what `ostree show` tells of the signatures when it trusts the keys.
func (r *reference) described(keys *sign.Keyring) []string {
	require.NoError(r.t, os.WriteFile(filepath.Join(r.dir, "trusted/k.gpg"), keys.Bytes(), 0o644))
	_, text, ok := strings.Cut(r.run("show", "main"), "Found ")
	require.True(r.t, ok)
	_, text, _ = strings.Cut(text, "\n\n")
	return strings.Split(strings.TrimRight(text, "\n"), "\n\n")
}

func describe(t testing.TB, keys *sign.Keyring, data []byte, sigs [][]byte) []string {
	result, err := keys.Verify(data, sigs, nil)
	require.NoError(t, err)
	var list []string
	for _, s := range result.Signatures {
		list = append(list, strings.TrimRight(s.Describe("  ", time.UTC), "\n"))
	}
	return list
}

// The states a key can be in, described by us and by the reference.
func TestDescribeLikeReference(t *testing.T) {
	g, ref := newGnuPG(t), newReference(t)
	plain := g.generate("Plain Key (test) <plain@example.com>", "rsa1024", "0")
	dsa := g.generate("bare@example.com", "dsa1024", "5y")
	withSub := g.generate("Nobody", "ed25519", "0")
	g.run("--passphrase", "", "--quick-add-key", withSub, "rsa1024", "sign", "0")
	sub := g.fingerprints(withSub)[1]
	revoked := g.generate("Revoked <r@example.com>", "nistp256", "0")
	for _, fpr := range []string{plain, dsa, sub, revoked} {
		ref.run("gpg-sign", "main", fpr, "--gpg-homedir="+g.home)
	}
	same := func(t *testing.T, want ...string) {
		t.Helper()
		keys := g.export()
		got := describe(t, keys, ref.object(), ref.signatures())
		require.Equal(t, ref.described(keys), got)
		for i, text := range want {
			require.Contains(t, got[i], text)
		}
	}
	t.Run("all good", func(t *testing.T) {
		same(t, `Good signature from "Plain Key <plain@example.com>"`, "Key expires ", "Primary key ID "+withSub[24:], "Good")
	})
	t.Run("revoked key", func(t *testing.T) {
		cert := read(t, filepath.Join(g.home, "openpgp-revocs.d", revoked+".rev"))
		g.feed(bytes.Replace(cert, []byte("\n:-----"), []byte("\n-----"), 1), "--import")
		same(t, "Good", "Good", "Good", "Key revoked")
	})
	t.Run("expired primary key", func(t *testing.T) {
		g.run("--quick-set-expire", withSub, "seconds=100")
		same(t, "Good", "Good", "Primary key expired ", "Key revoked")
	})
	t.Run("expired subkey and primary key", func(t *testing.T) {
		g.run("--quick-set-expire", withSub, "seconds=200", sub)
		g.run("--quick-set-expire", plain, "seconds=2")
		same(t, "BAD signature", "Good", "\n  Key expired ", "Key revoked")
	})
	t.Run("expired subkey", func(t *testing.T) {
		g.run("--faked-system-time", fmt.Sprint(clock.Unix()+10), "--quick-set-expire", withSub, "seconds=0")
		same(t, "BAD", "Good", "\n  Key expired ", "Key revoked")
	})
	t.Run("unknown keys", func(t *testing.T) {
		keys := g.export(dsa)
		got := describe(t, keys, ref.object(), ref.signatures())
		require.Equal(t, ref.described(keys), got)
		require.Contains(t, got[0], "Can't check signature: public key not found")
	})
}

func TestExpiredSignatureLikeReference(t *testing.T) {
	g, ref := newGnuPG(t), newReference(t)
	g.generate("S <s@example.com>", "rsa1024", "0")
	require.NoError(t, os.WriteFile(filepath.Join(g.home, "gpg.conf"), []byte("default-sig-expire 1y\n"), 0o600))
	ref.run("gpg-sign", "main", "s@example.com", "--gpg-homedir="+g.home)
	got := describe(t, g.export(), ref.object(), ref.signatures())
	require.Equal(t, ref.described(g.export()), got)
	require.Contains(t, got[0], "Signature expires ")
}

// Listings of keys, with all that can be said of them.
func TestKeyListLikeReference(t *testing.T) {
	ref := newReference(t)
	g := newGnuPG(t)
	fpr := g.generate("Álpha Q. Person (a comment) <Al+Pha.X_~@Example.COM>", "ed25519", "2y")
	at := clock
	step := func(args ...string) {
		at = at.Add(time.Second)
		g.run(append([]string{"--faked-system-time", fmt.Sprint(at.Unix()), "--passphrase", ""}, args...)...)
	}
	step("--quick-add-uid", fpr, "Second Name <second@ex.org>")
	step("--quick-add-uid", fpr, "No Mail")
	step("--quick-add-uid", fpr, "bare@ex.org")
	step("--quick-add-uid", fpr, "Revoke Me <rev@ex.org>")
	step("--quick-revoke-uid", fpr, "Revoke Me <rev@ex.org>")
	step("--quick-add-key", fpr, "ed25519", "sign", "seconds=5")
	step("--quick-add-key", fpr, "cv25519", "encr", "3y")
	step("--quick-add-key", fpr, "rsa1024", "auth", "0")
	step("--quick-set-primary-uid", fpr, "Second Name <second@ex.org>")
	expired := g.generate("Expired <e@ex.org>", "rsa1024", "seconds=100")
	require.Len(t, g.fingerprints(expired), 1)
	withSub := g.generate("Gone <g@ex.org>", "rsa1024", "0")
	step("--quick-add-key", withSub, "rsa1024", "encr", "3y")
	step("--quick-set-expire", withSub, "seconds=100")
	same := func(t *testing.T) {
		t.Helper()
		keys := g.export()
		file := filepath.Join(t.TempDir(), "keys.gpg")
		require.NoError(t, os.WriteFile(file, keys.Bytes(), 0o644))
		ref.run("remote", "gpg-import", "o", "-k", file)
		imported := &sign.Keyring{}
		imported.Import(keys)
		var list strings.Builder
		require.NoError(t, imported.WriteKeyList(&list, &sign.ListOptions{Location: time.UTC}))
		require.Equal(t, ref.run("remote", "gpg-list-keys", "o"), list.String())
	}
	same(t)
	cert := read(t, filepath.Join(g.home, "openpgp-revocs.d", fpr+".rev"))
	g.feed(bytes.Replace(cert, []byte("\n:-----"), []byte("\n-----"), 1), "--import")
	same(t)
}

// The listing in the reference's test suite.
func TestKeyListOfTestKeys(t *testing.T) {
	var list strings.Builder
	require.NoError(t, ring(t, installed(t, "gpghome/key1.asc")).WriteKeyList(&list, &sign.ListOptions{Location: time.UTC}))
	require.Equal(t, `Key: 5E65DE75AB1C501862D476347FCA23D8472CDAFA
  Created: Tue Sep 10 02:29:42 2013
  UID: Ostree Tester <test@test.com>
  Advanced update URL: https://openpgpkey.test.com/.well-known/openpgpkey/test.com/hu/iffe93qcsgp4c8ncbb378rxjo6cn9q6u?l=test
  Direct update URL: https://test.com/.well-known/openpgpkey/hu/iffe93qcsgp4c8ncbb378rxjo6cn9q6u?l=test
  Subkey: CC47B2DFB520AEF231180725DF20F58B408DEA49
    Created: Tue Sep 10 02:29:42 2013
`, list.String())
}

// Imports count as the reference's, and the resulting keyring is read alike.
func TestImportLikeReference(t *testing.T) {
	ref, g := newReference(t), newGnuPG(t)
	mine := &sign.Keyring{}
	file := filepath.Join(t.TempDir(), "keys")
	offer := func(data []byte, specs ...string) sign.ImportResult {
		t.Helper()
		require.NoError(t, os.WriteFile(file, data, 0o644))
		out := ref.run(append([]string{"remote", "gpg-import", "o", "-k", file}, specs...)...)
		src, err := sign.ParseKeyring(data)
		require.NoError(t, err)
		src, err = src.Select(specs)
		require.NoError(t, err)
		result := mine.Import(src)
		require.Contains(t, out, fmt.Sprintf("Imported %d GPG key", result.Imported))
		theirs := ring(t, filepath.Join(ref.dir, "repo/o.trustedkeys.gpg"))
		require.Equal(t, theirs.Bytes(), mine.Bytes(), "keyrings differ")
		return result
	}
	pubring := read(t, installed(t, "gpghome/trusted/pubring.gpg"))
	require.Equal(t, 1, offer(pubring, "7FCA23D8472CDAFA").Imported)
	require.Equal(t, 2, offer(pubring, "D8228CFECA950D41", "0D15FAE7DF444D67").Imported)
	require.Equal(t, 2, offer(pubring, "7FCA23D8472CDAFA", "0D15FAE7DF444D67").Unchanged)
	var armored []byte
	for i := 1; i <= 3; i++ {
		armored = append(armored, read(t, installed(t, fmt.Sprintf("gpghome/key%d.asc", i)))...)
	}
	require.Equal(t, 3, offer(armored).Unchanged)
	fpr := g.generate("New <n@example.com>", "rsa1024", "0")
	require.Equal(t, 1, offer(g.feed(nil, "--armor", "--export")).Imported)
	g.run("--faked-system-time", fmt.Sprint(clock.Unix()+5), "--passphrase", "", "--quick-add-key", fpr, "rsa1024", "sign", "0")
	g.run("--faked-system-time", fmt.Sprint(clock.Unix()+6), "--passphrase", "", "--quick-add-uid", fpr, "Also <a@example.com>")
	require.Equal(t, 1, offer(g.feed(nil, "--export")).Updated)
	cert := ring(t, installed(t, "gpghome/revocations/key1.rev")) // the reference refuses it on its own
	require.Equal(t, 1, mine.Import(cert).Updated)
	require.Equal(t, 0, mine.Import(cert).Updated)
	require.True(t, mine.Find("472CDAFA")[0].Info(time.Time{}, mine).Revoked)
}

func TestSelectErrorsLikeReference(t *testing.T) {
	ref := newReference(t)
	pubring := installed(t, "gpghome/trusted/pubring.gpg")
	for _, spec := range []string{"nokey", "DEADBEEF", "Ostree Tester", "test2@test.com", "<test2@test.com>", "<test2@test.co>",
		"@test2@", "=Ostree Tester II <test2@test.com>", "0xCA950D41", "472CDAFA!", "CC47B2DFB520AEF231180725DF20F58B408DEA49", "*tester iii", "ostree tester iii", "0x123456789"} {
		t.Run(spec, func(t *testing.T) {
			res := ref.try("remote", "gpg-import", "o", "-k", pubring, spec)
			_, err := ring(t, pubring).Select([]string{spec})
			if res.Exit == 0 {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, strings.TrimSpace(strings.TrimPrefix(res.Stderr, "error: ")))
		})
	}
	_, err := (&sign.Keyring{}).Select(nil)
	require.EqualError(t, err, strings.TrimSpace(strings.TrimPrefix(ref.try("remote", "gpg-import", "o").Stderr, "error: ")))
}
