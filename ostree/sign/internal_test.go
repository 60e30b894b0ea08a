package sign

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// identity is a key of the test home with its secrets.
type identity struct {
	key     *Key
	secrets map[string]*secretKey
}

func load(t testing.TB, user string) identity {
	t.Helper()
	home := &Home{Dir: "testdata/home", Program: "-"}
	ring, err := home.Keyring(t.Context())
	require.NoError(t, err)
	secrets, err := home.secrets()
	require.NoError(t, err)
	require.Len(t, secrets, 4)
	key, err := ring.Lookup(user)
	require.NoError(t, err)
	return identity{key, secrets}
}

// certify makes a signature by signer over the primary key of k and a component of it.
func (id identity) certify(t testing.TB, signer *publicKey, kind byte, k *Key, on *component, subpackets ...byte) *sigPacket {
	t.Helper()
	hashed := binary.BigEndian.AppendUint32([]byte{5, 2}, uint32(k.primary.created.Unix()+1000))
	hashed = append(hashed, subpackets...)
	body := append([]byte{4, kind, signer.algo, 8, 0, byte(len(hashed))}, hashed...)
	h := hashes[8].new()
	k.primary.hashInto(h)
	if on != nil {
		on.hashInto(h, 4)
	}
	h.Write(body)
	h.Write(binary.BigEndian.AppendUint32([]byte{4, 0xff}, uint32(len(body))))
	digest := h.Sum(nil)
	mpis, err := id.secrets[signer.match()].sign(signer, digest, hashes[8])
	require.NoError(t, err)
	body = binary.BigEndian.AppendUint64(append(body, 0, 10, 9, 16), signer.keyID())
	s, err := parseSignature(append(append(body, digest[:2]...), mpis...))
	require.NoError(t, err)
	return s
}

func status(t testing.TB, k *Key, sig []byte, others ...*Key) Signature {
	t.Helper()
	ring := &Keyring{}
	ring.add(k)
	for _, o := range others {
		ring.add(o)
	}
	data, err := os.ReadFile("testdata/hello.txt")
	require.NoError(t, err)
	result, err := ring.Verify(data, [][]byte{sig}, nil)
	require.NoError(t, err)
	return result.Signatures[0]
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return data
}

// Mallory binds Alice's signing subkey to his own key: without Alice's countersignature
// her signatures must not become his.
func TestStolenSubkey(t *testing.T) {
	alice, bob := load(t, "alice@example.com"), load(t, "bob@example.com")
	sig := fixture(t, "hello.alice.asc")
	require.Equal(t, StatusValid, status(t, alice.key, sig).Status)
	stolen := *alice.key.subkeys[0]
	stolen.sigs = []*sigPacket{bob.certify(t, bob.key.primary, sigSubkeyBinding, bob.key, &stolen, 2, 27, flagSign)}
	forged := mergeKeys(bob.key, &Key{primary: bob.key.primary, subkeys: []*component{&stolen}})
	got := status(t, forged, sig)
	require.Equal(t, StatusBad, got.Status)
	require.ErrorContains(t, got.Reason, "not cross-certified")
	// Nor does the binding signature help when its back signature is for another key.
	stolen.sigs[0].backSigs = alice.key.subkeys[0].sigs[0].backSigs
	require.Equal(t, StatusBad, status(t, forged, sig).Status)
}

func TestSubkeyNotMeantToSign(t *testing.T) {
	alice := load(t, "alice@example.com")
	sub := *alice.key.subkeys[0]
	sub.sigs = []*sigPacket{alice.certify(t, alice.key.primary, sigSubkeyBinding, alice.key, &sub, 2, 27, flagEncryptComm)}
	k := &Key{primary: alice.key.primary, users: alice.key.users, subkeys: []*component{&sub}}
	got := status(t, k, fixture(t, "hello.alice.asc"))
	require.ErrorContains(t, got.Reason, "not meant for signatures")
}

func TestRevocations(t *testing.T) {
	alice, bob := load(t, "alice@example.com"), load(t, "bob@example.com")
	sig := fixture(t, "hello.alice.asc")
	revoke := alice.certify(t, alice.key.primary, sigSubkeyRevoke, alice.key, alice.key.subkeys[0])
	sub := *alice.key.subkeys[0]
	sub.sigs = append([]*sigPacket{revoke}, sub.sigs...)
	k := &Key{primary: alice.key.primary, users: alice.key.users, subkeys: []*component{&sub}}
	require.Equal(t, StatusRevokedKey, status(t, k, sig).Status, "of the subkey")

	revoker := append([]byte{23, 12, 0x80, bob.key.primary.algo}, bob.key.primary.fingerprint[:]...)
	direct := alice.certify(t, alice.key.primary, sigDirect, alice.key, nil, revoker...)
	byBob := bob.certify(t, bob.key.primary, sigKeyRevoke, alice.key, nil)
	add := func(sigs ...*sigPacket) *Key {
		return mergeKeys(alice.key, &Key{primary: alice.key.primary, primSigs: sigs})
	}
	require.Equal(t, StatusRevokedKey, status(t, add(direct, byBob), sig, bob.key).Status, "by a designated revoker")
	require.Equal(t, StatusValid, status(t, add(byBob), sig, bob.key).Status, "by someone who is not")
	own := alice.certify(t, alice.key.primary, sigKeyRevoke, alice.key, nil)
	require.Equal(t, StatusRevokedKey, status(t, add(own), sig).Status, "by the owner")
}

// Subpackets outside the hash must not count, and unknown critical ones spoil a signature.
func TestUntrustedSubpackets(t *testing.T) {
	bob := load(t, "bob@example.com")
	packets, err := signaturePackets([][]byte{fixture(t, "hello.bob.asc")})
	require.NoError(t, err)
	body := packets[0]
	at := 6 + int(binary.BigEndian.Uint16(body[4:])) // the unhashed area
	unhashed := append([]byte{0, 16}, body[at+2:at+12]...)
	unhashed = append(unhashed, 5, 3, 0, 0, 0, 1) // "expires after a second"
	changed := append(append(bytes.Clone(body[:at]), unhashed...), body[at+12:]...)
	require.Equal(t, StatusValid, status(t, bob.key, appendPacket(nil, rawPacket{tagSignature, changed})).Status)

	s := bob.certify(t, bob.key.primary, sigDirect, bob.key, nil, 2, 0x80|99, 0)
	require.Error(t, bob.key.certify(bob.key.primary, s, nil))
}

// Version 3 signatures, which GnuPG 1 made by default, hash type and date alone.
func TestVersion3Signature(t *testing.T) {
	bob := load(t, "bob@example.com")
	data := fixture(t, "hello.txt")
	suffix := binary.BigEndian.AppendUint32([]byte{sigBinary}, uint32(bob.key.primary.created.Unix()+5))
	h := hashes[2].new()
	h.Write(data)
	h.Write(suffix)
	digest := h.Sum(nil)
	mpis, err := bob.secrets[bob.key.primary.match()].sign(bob.key.primary, digest, hashes[2])
	require.NoError(t, err)
	body := binary.BigEndian.AppendUint64(append([]byte{3, 5}, suffix...), bob.key.primary.keyID())
	body = append(append(body, algoRSA, 2, digest[0], digest[1]), mpis...)
	got := status(t, bob.key, appendPacket(nil, rawPacket{tagSignature, body}))
	require.Equal(t, StatusValid, got.Status, "%v", got.Reason)
	require.Equal(t, "SHA1", got.Hash)
}

func TestTooManySignatures(t *testing.T) {
	blob := fixture(t, "hello.bob.asc")
	plain, err := dearmor(blob)
	require.NoError(t, err)
	_, err = (&Keyring{}).Verify(nil, [][]byte{bytes.Repeat(plain, maxSignatures+1)}, nil)
	require.ErrorContains(t, err, "1001 signatures")
}

// What the owner has not signed is not imported.
func TestImportCleans(t *testing.T) {
	alice, bob := load(t, "alice@example.com"), load(t, "bob@example.com")
	uid := &component{packet: rawPacket{tagUserID, []byte("Fake <fake@example.com>")}}
	uid.sigs = []*sigPacket{bob.certify(t, bob.key.primary, sigCertPositive, alice.key, uid)}
	src := &Keyring{}
	src.add(&Key{primary: alice.key.primary, users: []*component{uid}})
	ring := &Keyring{}
	require.Equal(t, ImportResult{Rejected: 1}, ring.Import(src))
	src.add(alice.key)
	require.Equal(t, ImportResult{Imported: 1}, ring.Import(src))
	require.Equal(t, alice.key.Bytes(), ring.Bytes())
	require.Equal(t, ImportResult{Unchanged: 1}, ring.Import(src))

	rev, err := ParseKeyring(fixture(t, "bob.rev"))
	require.NoError(t, err)
	require.Zero(t, ring.Import(rev).Updated, "not Alice's")
	ring.add(bob.key)
	require.Equal(t, 1, ring.Import(rev).Updated)
	require.True(t, ring.Find("bob@example.com")[0].Info(time.Time{}, nil).Revoked)
}

// The same keys in every container.
func TestContainers(t *testing.T) {
	box, err := ParseKeyring(fixture(t, "home/pubring.kbx"))
	require.NoError(t, err)
	require.Equal(t, 2, box.Len())
	text, err := ParseKeyring(append(append([]byte("text before\n"), fixture(t, "alice.asc")...), fixture(t, "bob.asc")...))
	require.NoError(t, err)
	for _, data := range [][]byte{box.Bytes(), box.Armor()} {
		again, err := ParseKeyring(data)
		require.NoError(t, err)
		require.Equal(t, text.Bytes(), again.Bytes())
	}
	empty, err := ParseKeyring(nil)
	require.NoError(t, err)
	require.Zero(t, empty.Len())
	for name, data := range map[string]string{
		"text": "garbage\n", "cut": string(box.Bytes()[:100]), "no end": "-----BEGIN PGP X\n\nAAAA\n", "keybox": "\x00\x00\x00\x20\x01\x01\x00\x02KBXf\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x02",
	} {
		_, err := ParseKeyring([]byte(data))
		require.ErrorIs(t, err, ErrNoData, name)
	}
}

func TestArmorChecksum(t *testing.T) {
	good := fixture(t, "bob.asc")
	i := bytes.LastIndex(good, []byte("\n="))
	bad := bytes.Clone(good)
	bad[i+2] ^= 1
	_, err := ParseKeyring(bad)
	require.ErrorContains(t, err, "checksum")
	_, err = ParseKeyring(append(bytes.Clone(good[:i+1]), good[i+7:]...))
	require.NoError(t, err, "the checksum is optional")
}

func TestPacketHeaders(t *testing.T) {
	for _, tag := range []byte{tagSignature, tagUserID, tagAttribute} {
		for _, size := range []int{0, 1, 191, 192, 255, 256, 8383, 8384, 65535, 65536} {
			p := rawPacket{tag, bytes.Repeat([]byte{7}, size)}
			got, rest, err := nextPacket(append(appendPacket(nil, p), 1, 2))
			require.NoError(t, err)
			require.Equal(t, []byte{1, 2}, rest)
			require.Equal(t, tag, got.tag)
			require.Len(t, got.body, size)
		}
	}
	for _, bad := range []string{"", "\x88", "\x88\x05abc", "\x8b\x05abcdef", "\xc2\xe0ab", "A\x01b", "\x8a\xff\xff\xff\xffx"} {
		_, _, err := nextPacket([]byte(bad))
		require.Error(t, err, "%q", bad)
	}
}

func TestUserParts(t *testing.T) {
	for id, want := range map[string][2]string{
		"Name (comment) <a@b>":             {"Name", "a@b"},
		"J. Random User (x (y)) <t@r.com>": {"J. Random User", "t@r.com"},
		"Nm (c1) (c2) <Foo@Ex.org>":        {"Nm", "Foo@Ex.org"},
		`Third "q" <Foo@Ex.org> tail`:      {`Third "q"`, "Foo@Ex.org"},
		"bare@ex.org":                      {"", "bare@ex.org"},
		"<a@b>":                            {"", "a@b"},
		"Nobody":                           {"Nobody", ""},
		"a b@c":                            {"a b@c", ""},
		"open <never":                      {"open", ""},
		"":                                 {"", ""},
	} {
		name, address := userParts(id)
		require.Equal(t, want, [2]string{name, address}, id)
	}
}

func TestWebKeyURLs(t *testing.T) {
	advanced, direct := WebKeyURLs("Joe.Doe@Example.ORG") // the example of the Web Key Directory draft
	require.Equal(t, "https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=joe.doe", advanced)
	require.Equal(t, "https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=joe.doe", direct)
	for _, bad := range []string{"", "x", "@x", "x@", "a@b@c"} {
		advanced, direct := WebKeyURLs(bad)
		require.Empty(t, advanced+direct, bad)
	}
}

func TestSexp(t *testing.T) {
	x, err := parseSexp([]byte("(private-key (rsa (n #00 AB#)(3:raw4:a(b)) (curve \"NIST \\\"P\")(b |QUI=|)))"))
	require.NoError(t, err)
	require.Equal(t, "private-key", x.name())
	rsa := x.find("rsa")
	require.Equal(t, []byte{0, 0xab}, rsa.value("n"))
	require.Equal(t, "a(b)", string(rsa.value("raw")))
	require.Equal(t, "AB", string(rsa.value("b")))
	require.Nil(t, rsa.value("nothing"))
	for _, bad := range []string{"", "atom", "(", "(a", "(#0#)", "(9:a)", "(\"a)", "(|a)", "(99999999999999999999:a)", string(bytes.Repeat([]byte("("), 100))} {
		_, err := parseSexp([]byte(bad))
		require.Error(t, err, bad)
	}
}

// BenchmarkVerify checks an EdDSA and an RSA signature, keys parsed anew and their self
// signatures checked each time, as a program that verifies one commit does.
func BenchmarkVerify(b *testing.B) {
	file, data := fixture(b, "home/pubring.kbx"), fixture(b, "hello.txt")
	sigs := [][]byte{fixture(b, "hello.alice.asc"), fixture(b, "hello.bob.asc")}
	b.ReportAllocs()
	for b.Loop() {
		ring, err := ParseKeyring(file)
		if err != nil {
			b.Fatal(err)
		}
		if result, err := ring.Verify(data, sigs, nil); err != nil || result.Valid() != 2 {
			b.Fatal(err)
		}
	}
}
