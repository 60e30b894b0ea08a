package container_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/stretchr/testify/require"
)

// remoteSetup makes a remote that demands signatures by one kind of key, and returns what signs with that key.
type remoteSetup func(t *testing.T, r *ostree.Repo) (signCommit func(src *ostree.Repo, sum object.Checksum))

func ed25519Remote(t *testing.T, r *ostree.Repo) func(*ostree.Repo, object.Checksum) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	require.NoError(t, r.AddRemote("os", "https://example.com", &ostree.RemoteAddOptions{Settings: [][2]string{{"gpg-verify", "false"},
		{"sign-verify", "ed25519"}, {"verification-ed25519-key", base64.StdEncoding.EncodeToString(public)}}}))
	return func(src *ostree.Repo, sum object.Checksum) {
		require.NoError(t, src.SignCommit(t.Context(), sum, sign.Ed25519{}, private))
	}
}

func gpgRemote(t *testing.T, r *ostree.Repo) func(*ostree.Repo, object.Checksum) {
	require.NoError(t, r.AddRemote("os", "https://example.com", nil))
	b, err := os.ReadFile("../sign/testdata/bob.asc")
	require.NoError(t, err)
	ring, err := sign.ParseKeyring(b)
	require.NoError(t, err)
	_, err = r.ImportGPGKeys("os", ring, nil)
	require.NoError(t, err)
	return func(src *ostree.Repo, sum object.Checksum) {
		require.NoError(t, src.SignCommitGPG(t.Context(), sum, &sign.Home{Dir: "../sign/testdata/home"}, "bob@example.com"))
	}
}

// The commit inside of an image is verified as the remote's configuration says.
func TestRemoteVerification(t *testing.T) {
	for kind, setup := range map[string]remoteSetup{"ed25519": ed25519Remote, "gpg": gpgRemote} {
		t.Run(kind, func(t *testing.T) {
			src := newRepo(t, ostree.ModeArchive)
			sum := commitFiles(t, src, "base", nil, baseFiles...)
			dst, other := newRepo(t, ostree.ModeBareUser), newRepo(t, ostree.ModeBareUser)
			signCommit, signOther := setup(t, dst), ed25519Remote(t, other)
			img := func() container.Reference {
				dir := t.TempDir()
				encapsulated(t, src, container.ImageReference{Transport: container.TransportOCI, Name: dir}, nil)
				return container.Reference{Verify: container.VerifyRemote, Remote: "os", Image: container.ImageReference{Transport: container.TransportOCI, Name: dir}}
			}
			unsigned := img()
			refuseSigned(t, dst, unsigned, "without detached metadata")
			signOther(src, sum)
			refuseSigned(t, dst, img(), "")
			signCommit(src, sum)
			signed := img()
			pulled, err := container.Pull(t.Context(), dst, signed, nil)
			require.NoError(t, err)
			require.NotEmpty(t, pulled.Verified)
			fsck(t, dst)
			u, err := container.Unencapsulate(t.Context(), newCopyWithRemotes(t, dst), signed, nil)
			require.NoError(t, err)
			require.Equal(t, sum, u.Commit)
			require.NotEmpty(t, u.Verified)

			signed.Remote = "unknown"
			_, err = container.Pull(t.Context(), dst, signed, nil)
			require.ErrorIs(t, err, ostree.ErrRemoteNotFound)
		})
	}
}

// newCopyWithRemotes makes an empty repository with the configuration and the keys of another.
func newCopyWithRemotes(t *testing.T, r *ostree.Repo) *ostree.Repo {
	t.Helper()
	c := newRepo(t, ostree.ModeBareUser)
	for _, f := range []string{"config", "os.trustedkeys.gpg"} {
		b, err := os.ReadFile(filepath.Join(r.Path(), f))
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(c.Path(), f), b, 0o644))
	}
	c, err := ostree.Open(c.Path(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// refuseSigned pulls an image that does not verify, in all ways that there are.
func refuseSigned(t *testing.T, r *ostree.Repo, ref container.Reference, want string) {
	t.Helper()
	_, err := container.Pull(t.Context(), r, ref, nil)
	require.ErrorContains(t, err, want)
	requireUntouched(t, r)
	_, err = container.Unencapsulate(t.Context(), r, ref, nil)
	require.ErrorContains(t, err, want)
	requireUntouched(t, r)

	// Not even if the image is there already.
	c := newCopyWithRemotes(t, r)
	_, err = container.Pull(t.Context(), c, unverified(ref.Image), nil)
	require.NoError(t, err)
	_, err = container.Pull(t.Context(), c, ref, nil)
	require.ErrorContains(t, err, want)
	other := ref.Image
	other.Name += "/other"
	_, err = container.Pull(t.Context(), c, ref, &container.PullOptions{Target: &other})
	require.ErrorContains(t, err, want, "or just its layers")
}

// A signature of the commit says nothing about what lies on top of it.
func TestRemoteVerificationOfDerived(t *testing.T) {
	src, dst := newRepo(t, ostree.ModeArchive), newRepo(t, ostree.ModeBareUser)
	signCommit := ed25519Remote(t, dst)
	signCommit(src, commitFiles(t, src, "base", nil, baseFiles...))
	dir := t.TempDir()
	encapsulated(t, src, container.ImageReference{Transport: container.TransportOCI, Name: dir}, nil)
	l := openLayout(t, dir)
	l.add(tarOf(t, file{path: "usr/evil", text: "unsigned"}))
	ref := container.Reference{Verify: container.VerifyRemote, Remote: "os", Image: l.save()}
	refused := func(want string) {
		t.Helper()
		_, err := container.Pull(t.Context(), dst, ref, nil)
		require.ErrorContains(t, err, want)
	}
	refused("Cannot currently verify layered containers via ostree remote")
	_, err := container.Pull(t.Context(), dst, unverified(ref.Image), nil)
	require.NoError(t, err)
	refused("Cannot currently verify layered containers via ostree remote")
	plain := emptyLayout(t)
	plain.add(tarOf(t, file{path: "usr/x", text: "x"}))
	ref.Image = plain.save()
	refused("not an ostree encapsulated container")
}

func policy(t testing.TB, text string) *container.Policy {
	t.Helper()
	p, err := container.ParsePolicy([]byte(text))
	require.NoError(t, err)
	return p
}

// The most specific scope of a policy counts, and what cannot be checked is refused.
func TestPolicyMatrix(t *testing.T) {
	const reject = `[{"type":"reject"}]`
	const accept = `[{"type":"insecureAcceptAnything"}]`
	reg := newRegistry(t)
	src := newRepo(t, ostree.ModeArchive)
	commitFiles(t, src, "base", nil, baseFiles...)
	img := reg.image("ns/os:latest")
	encapsulated(t, src, img, nil)
	host, _, _ := strings.Cut(img.Name, "/")
	layout := container.ImageReference{Transport: container.TransportOCI, Name: filepath.Join(t.TempDir(), "oci")}
	encapsulated(t, src, layout, nil)
	docker := func(scopes string) string {
		return `{"default":` + reject + `,"transports":{"docker":{` + scopes + `}}}`
	}
	for name, c := range map[string]struct {
		img    container.ImageReference
		policy string
		want   string // "" means accepted
	}{
		"default accepts anything":            {img, `{"default":` + accept + `}`, "containers-policy.json specifies a default of `insecureAcceptAnything`; refusing usage"},
		"it is refused in spite of the scope": {img, `{"default":` + accept + `,"transports":{"docker":{"":` + accept + `}}}`, "refusing usage"},
		"default rejects":                     {img, `{"default":` + reject + `}`, "Running image docker://" + img.Name + " is rejected by policy."},
		"both":                                {img, `{"default":[{"type":"insecureAcceptAnything"},{"type":"reject"}]}`, "is rejected by policy"},
		"transport accepts":                   {img, docker(`"":` + accept), ""},
		"registry accepts":                    {img, docker(`"":` + reject + `,"` + host + `":` + accept), ""},
		"namespace rejects":                   {img, docker(`"` + host + `":` + accept + `,"` + host + `/ns":` + reject), "rejected"},
		"repository accepts":                  {img, docker(`"` + host + `/ns":` + reject + `,"` + host + `/ns/os":` + accept), ""},
		"tag rejects":                         {img, docker(`"` + host + `/ns/os":` + accept + `,"` + host + `/ns/os:latest":` + reject), "rejected"},
		"another tag":                         {img, docker(`"` + host + `/ns/os":` + accept + `,"` + host + `/ns/os:other":` + reject), ""},
		"another transport":                   {img, `{"default":` + reject + `,"transports":{"oci":{"":` + accept + `}}}`, "rejected"},
		"signed by a PGP key":                 {img, docker(`"":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]`), "the requirement signedBy of the signature policy is not supported"},
		"signed base layer":                   {img, docker(`"":[{"type":"signedBaseLayer","baseLayerIdentity":{}}]`), "not supported"},
		"certificates":                        {img, docker(`"":[{"type":"sigstoreSigned","fulcio":{"oidcIssuer":"x"}}]`), "are not supported"},
		"transparency log":                    {img, docker(`"":[{"type":"sigstoreSigned","keyPath":"/k","rekorPublicKeyPath":"/r"}]`), "are not supported"},
		"no key":                              {img, docker(`"":[{"type":"sigstoreSigned"}]`), "without a key"},
		"key is missing":                      {img, docker(`"":[{"type":"sigstoreSigned","keyPath":"/nonexistent/key"}]`), "/nonexistent/key"},
		"accepted and not supported":          {img, docker(`"":[{"type":"insecureAcceptAnything"},{"type":"signedBy","keyType":"GPGKeys","keyData":"AA=="}]`), "not supported"},
		"a directory accepts":                 {layout, `{"default":` + reject + `,"transports":{"oci":{"":` + reject + `,"` + filepath.Dir(layout.Name) + `":` + accept + `}}}`, ""},
		"the layout itself rejects":           {layout, `{"default":` + reject + `,"transports":{"oci":{"":` + accept + `,"` + layout.Name + `":` + reject + `}}}`, "rejected"},
		"no sigstore without a registry":      {layout, `{"default":[{"type":"sigstoreSigned","keyPath":"/k"}]}`, "sigstore signatures of oci: images are not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			dst := newRepo(t, ostree.ModeArchive)
			ref := container.Reference{Verify: container.VerifyPolicy, Image: c.img}
			pulled, err := container.Pull(t.Context(), dst, ref, &container.PullOptions{Policy: policy(t, c.policy)})
			if c.want == "" {
				require.NoError(t, err)
				_, err = container.Unencapsulate(t.Context(), dst, ref, &container.UnencapsulateOptions{PullOptions: container.PullOptions{Policy: policy(t, c.policy)}})
				require.NoError(t, err)
				require.False(t, pulled.Commit.IsZero())
				return
			}
			require.ErrorContains(t, err, c.want)
			require.Empty(t, refNames(t, dst))
			_, err = container.Unencapsulate(t.Context(), dst, ref, &container.UnencapsulateOptions{PullOptions: container.PullOptions{Policy: policy(t, c.policy)}})
			require.ErrorContains(t, err, c.want)
			_, err = container.CheckUpdate(t.Context(), dst, ref, &container.PullOptions{Policy: policy(t, c.policy)})
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), container.Reference{Verify: container.VerifyPolicy, Image: img}, nil)
	require.ErrorContains(t, err, "no signature policy")
}

// What is not understood in a policy could be a restriction.
func TestParsePolicyErrors(t *testing.T) {
	for _, text := range []string{``, `{}`, `[]`, `{"default":[]}`, `{"default":[{"type":"unknown"}]}`, `{"default":[{"type":"reject"}],"more":1}`,
		`{"default":[{"type":"reject","other":1}]}`, `{"default":[{"type":"reject"}]} {}`, `{"default":[{"type":"reject"}],"transports":{"docker":{"x":[]}}}`,
		`{"default":[{"type":"sigstoreSigned","keyPath":"k","signedIdentity":{"type":"x"}}]}`,
		`{"default":[{"type":"sigstoreSigned","keyPath":"k","signedIdentity":{"type":"exactReference","dockerReference":"a/b"}}]}`,
		`{"default":[{"type":"sigstoreSigned","keyPath":"k","signedIdentity":{"type":"remapIdentity","prefix":"a"}}]}`} {
		_, err := container.ParsePolicy([]byte(text))
		require.Error(t, err, text)
	}
	_, err := container.LoadPolicy("/nonexistent/policy.json")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// cosigned attaches a signature to an image in the way of cosign.
func cosigned(t *testing.T, img container.ImageReference, key crypto.Signer, identity, digest, typ string) {
	t.Helper()
	payload := fmt.Appendf(nil, `{"critical":{"identity":{"docker-reference":%q},"image":{"docker-manifest-digest":%q},"type":%q},"optional":null}`, identity, digest, typ)
	sum := sha256.Sum256(payload)
	toSign, opts := sum[:], crypto.SignerOpts(crypto.SHA256)
	if _, ok := key.(ed25519.PrivateKey); ok {
		toSign, opts = payload, crypto.Hash(0)
	}
	sig, err := key.Sign(rand.Reader, toSign, opts)
	require.NoError(t, err)
	layer := static.NewLayer(payload, "application/vnd.dev.cosign.simplesigning.v1+json")
	image, err := mutate.Append(empty.Image, mutate.Addendum{Layer: layer, Annotations: map[string]string{
		"dev.cosignproject.cosign/signature": base64.StdEncoding.EncodeToString(sig)}})
	require.NoError(t, err)
	info, err := container.Inspect(t.Context(), img, nil)
	require.NoError(t, err)
	ref, err := name.ParseReference(img.Name)
	require.NoError(t, err)
	require.NoError(t, remote.Write(ref.Context().Tag("sha256-"+info.Digest.Hex+".sig"), image))
}

func publicPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.pub")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o644))
	return path
}

// Signatures of cosign are verified by the keys and for the identity that the policy names.
func TestSigstore(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	reg := newRegistry(t)
	src := newRepo(t, ostree.ModeArchive)
	commitFiles(t, src, "base", nil, baseFiles[:4]...)
	const cosign = "cosign container image signature"
	img := reg.image("ns/os:latest")
	digest := encapsulated(t, src, img, nil).String()
	repository := strings.TrimSuffix(img.Name, ":latest")
	try := func(ref container.ImageReference, key crypto.Signer, identity string) error {
		requirement := map[string]any{"type": "sigstoreSigned", "keyPath": publicPEM(t, key)}
		if identity != "" {
			requirement["signedIdentity"] = json.RawMessage(identity)
		}
		text, err := json.Marshal(map[string]any{"default": []any{requirement}})
		require.NoError(t, err)
		_, err = container.Pull(t.Context(), newRepo(t, ostree.ModeArchive), container.Reference{Verify: container.VerifyPolicy, Image: ref},
			&container.PullOptions{Policy: policy(t, string(text))})
		return err
	}
	const repoMatch = `{"type":"matchRepository"}`
	require.ErrorContains(t, try(img, ec, ""), "A signature was required, but no signature exists")
	for _, key := range []crypto.Signer{ec, rsaKey, ed} {
		cosigned(t, img, key, img.Name, digest, cosign)
		require.NoError(t, try(img, key, ""))
		require.NoError(t, try(img, key, `{"type":"matchExact"}`))
		require.NoError(t, try(img, key, repoMatch))
		require.ErrorContains(t, try(img, other, repoMatch), "cryptographic signature verification failed")
	}
	byDigest := img
	byDigest.Name = repository + "@" + digest
	require.NoError(t, try(byDigest, ed, ""))

	cosigned(t, img, ec, repository, digest, cosign) // as cosign does it by default
	require.ErrorContains(t, try(img, ec, ""), "is not accepted")
	require.ErrorContains(t, try(img, ec, `{"type":"matchExact"}`), "is not accepted")
	require.NoError(t, try(img, ec, repoMatch))
	require.NoError(t, try(byDigest, ec, ""))
	cosigned(t, img, ec, "example.com/elsewhere", digest, cosign)
	require.ErrorContains(t, try(img, ec, repoMatch), "is not accepted")
	require.NoError(t, try(img, ec, `{"type":"exactRepository","dockerRepository":"example.com/elsewhere"}`))
	require.ErrorContains(t, try(img, ec, `{"type":"exactReference","dockerReference":"example.com/elsewhere:x"}`), "is not accepted")
	cosigned(t, img, ec, "example.com/mirrored/os:latest", digest, cosign)
	require.NoError(t, try(img, ec, `{"type":"remapIdentity","prefix":"`+strings.TrimSuffix(repository, "/os")+`","signedPrefix":"example.com/mirrored"}`))
	require.ErrorContains(t, try(img, ec, `{"type":"remapIdentity","prefix":"`+strings.TrimSuffix(repository, "s")+`","signedPrefix":"example.com/mirrored/o"}`), "is not accepted")

	cosigned(t, img, ec, img.Name, "sha256:"+strings.Repeat("0", 64), cosign)
	require.ErrorContains(t, try(img, ec, ""), "Signature for docker-manifest-digest")
	cosigned(t, img, ec, img.Name, digest, "another type")
	require.ErrorContains(t, try(img, ec, ""), "unknown type")
}

// A cached check for updates is found again without a network, and forgotten with the update.
func TestCheckUpdate(t *testing.T) {
	reg := newRegistry(t)
	src, dst := newRepo(t, ostree.ModeArchive), newRepo(t, ostree.ModeBareUser)
	commitFiles(t, src, "base", nil, baseFiles...)
	img := reg.image("os:latest")
	encapsulated(t, src, img, nil)
	ref := unverified(img)
	check := func() (*container.RemoteImage, error) {
		return container.CheckUpdate(context.Background(), dst, ref, nil)
	}
	_, err := check()
	require.ErrorIs(t, err, container.ErrNoImage)
	first, err := container.Pull(t.Context(), dst, ref, nil)
	require.NoError(t, err)
	update, err := check()
	require.NoError(t, err)
	require.Nil(t, update)

	detached := &object.Dict{}
	detached.Set("kept", object.NewString("x"))
	require.NoError(t, dst.WriteDetachedMetadata(first.Commit, detached))
	encapsulated(t, src, img, &container.EncapsulateOptions{Labels: map[string]string{"org.opencontainers.image.version": "2"}})
	reg.fetched()
	update, err = check()
	require.NoError(t, err)
	require.Equal(t, "2", update.Version())
	require.Len(t, reg.fetched(), 1, "no layers")
	stored, err := container.LoadImage(dst, img)
	require.NoError(t, err)
	require.Equal(t, update.Digest, stored.CachedUpdate.Digest)
	require.Equal(t, "2", stored.CachedUpdate.Version())
	require.Equal(t, "'"+update.Digest.String()+"'\n", realDetached(t, dst, first.Commit, "ostree-ext.cached.manifest-digest"))
	fsck(t, dst)

	require.NoError(t, container.ClearCachedUpdate(dst, img))
	stored, err = container.LoadImage(dst, img)
	require.NoError(t, err)
	require.Nil(t, stored.CachedUpdate)
	require.Equal(t, "'x'\n", realDetached(t, dst, first.Commit, "kept"))
	_, err = check()
	require.NoError(t, err)
	second, err := container.Pull(t.Context(), dst, ref, nil)
	require.NoError(t, err)
	require.Nil(t, second.CachedUpdate)
	require.NotEqual(t, first.Commit, second.Commit)
}
