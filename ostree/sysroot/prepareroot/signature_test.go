package prepareroot

import (
	"crypto/ed25519"
	"encoding/base64"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// objects is a repository's directory of objects.
type objects struct{ fstest.MapFS }

func (o objects) add(id object.Checksum, extension string, data []byte) {
	hex := id.String()
	o.MapFS[hex[:2]+"/"+hex[2:]+"."+extension] = &fstest.MapFile{Data: data, Mode: 0o644}
}

func (o objects) commit(parent object.Checksum, metadata *gvariant.Dict) object.Checksum {
	c := &object.Commit{Metadata: metadata.Value(), Parent: parent, Subject: "x"}
	data := c.Marshal()
	id := object.Sum(data)
	o.add(id, "commit", data)
	return id
}

func (o objects) sign(id object.Checksum, keys ...ed25519.PrivateKey) {
	hex := id.String()
	data := o.MapFS[hex[:2]+"/"+hex[2:]+".commit"].Data
	var list []gvariant.Value
	for _, key := range keys {
		list = append(list, gvariant.NewByteArray(ed25519.Sign(key, data)))
	}
	var d gvariant.Dict
	d.Add(signaturesKey, gvariant.NewArray(gvariant.TypeByteArray, list...))
	o.add(id, "commitmeta", d.Value().Bytes())
}

func withDigest(digest []byte) *gvariant.Dict {
	var d gvariant.Dict
	d.Add(digestKey, gvariant.NewByteArray(digest))
	return &d
}

func TestSignedDigest(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	other, foreign, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	keys := []ed25519.PublicKey{other, public}
	want := [32]byte{1, 2, 3}
	o := objects{fstest.MapFS{}}
	var lines []string
	digest := func(id object.Checksum, keys ...ed25519.PublicKey) ([32]byte, error) {
		lines = nil
		return signedDigest(o, id, keys, func(line string) { lines = append(lines, line) })
	}

	good := o.commit(object.Checksum{}, withDigest(want[:]))
	_, err = digest(good, keys...)
	require.EqualError(t, err, "No commitmeta for commit "+good.String())
	o.sign(good, foreign, private)
	for _, set := range [][]ed25519.PublicKey{keys, {public}, {other}} {
		got, err := digest(good, set...)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	o.sign(good, foreign)
	_, err = digest(good, public)
	require.EqualError(t, err, "Checking commit signature: No valid (of 1) signatures found")
	o.add(good, "commitmeta", nil)
	_, err = digest(good, public)
	require.EqualError(t, err, "Signature validation requested, but no signatures in commit")
	o.add(good, "commitmeta", []byte("nonsense that is no dictionary"))
	_, err = digest(good, public)
	require.Error(t, err)

	for _, bad := range [][]byte{nil, want[:31]} {
		id := o.commit(object.Checksum{}, withDigest(bad))
		o.sign(id, private)
		_, err = digest(id, public)
		require.EqualError(t, err, "Signature validation requested, but no valid digest in commit")
	}

	// A commit that bootc made of a container counts by its parent.
	o.sign(good, private)
	var d gvariant.Dict
	d.Add(imageConfigKey, gvariant.NewString("{}"))
	local := o.commit(good, &d)
	got, err := digest(local, public)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, []string{"composefs+ostree: Validating composefs using bootc base commit"}, lines)
	plain := o.commit(good, &gvariant.Dict{})
	_, err = digest(plain, public)
	require.EqualError(t, err, "No commitmeta for commit "+plain.String(), "only such a commit")

	// Another commit's bytes under the name.
	hex := good.String()
	swapped := o.commit(object.Checksum{}, withDigest(make([]byte, 32)))
	o.sign(swapped, private)
	other2 := swapped.String()
	o.MapFS[other2[:2]+"/"+other2[2:]+".commit"] = o.MapFS[hex[:2]+"/"+hex[2:]+".commit"]
	_, err = digest(swapped, public)
	require.ErrorContains(t, err, "corrupted commit "+other2)
	_, err = digest(object.Checksum{9}, public)
	require.ErrorContains(t, err, "Error loading signatures from repo: ")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestParseKeys(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	keys, err := parseKeys([]byte("\n" + key + "\n  " + key + "\r\n"))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	for text, want := range map[string]string{
		"":     "public key file specified, but no public keys found",
		"!!\n": "public key: illegal base64 data at input byte 0",
		"AAAA": "public key has 3 bytes instead of 32",
	} {
		_, err := parseKeys([]byte(text))
		require.EqualError(t, err, want)
	}
}
