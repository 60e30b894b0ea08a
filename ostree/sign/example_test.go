package sign_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nestos-dev/nestos/ostree/sign"
)

// Verifying OpenPGP signatures takes the keys, the data and the elements of ostree.gpgsigs.
func ExampleKeyring_Verify() {
	file, err := os.ReadFile("testdata/alice.asc")
	if err != nil {
		log.Fatal(err)
	}
	keys, err := sign.ParseKeyring(file)
	if err != nil {
		log.Fatal(err)
	}
	data, _ := os.ReadFile("testdata/hello.txt")
	sig, _ := os.ReadFile("testdata/hello.alice.asc")
	result, err := keys.Verify(data, [][]byte{sig}, nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := result.Require(); err != nil {
		log.Fatal(err)
	}
	fmt.Print(result.Signatures[0].Describe("", time.UTC))
	// Output:
	// Signature made Tue Nov 14 22:15:00 2023 using EdDSA key ID D33E5EF3DE2EE1C1
	// Good signature from "Alice Example <alice@example.com>"
	// Primary key ID 48D1355333A585F2
}

// A GnuPG home signs without GnuPG.
func ExampleHome_Signer() {
	ctx := context.Background()
	home := &sign.Home{Dir: "testdata/home"}
	signer, err := home.Signer(ctx, "bob@example.com")
	if err != nil {
		log.Fatal(err)
	}
	sig, err := signer.Sign(ctx, []byte("data"))
	if err != nil {
		log.Fatal(err)
	}
	keys, _ := home.Keyring(ctx)
	result, err := keys.Verify([]byte("data"), [][]byte{sig}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Valid(), "valid, by", signer.Fingerprint())
	// Output: 1 valid, by CF637B973DE55C205C0DE1DE2275DA559746880B
}

// Keys are imported into a remote's keyring, and listed.
func ExampleKeyring_Import() {
	file, err := os.ReadFile("testdata/bob.asc")
	if err != nil {
		log.Fatal(err)
	}
	offered, err := sign.ParseKeyring(file)
	if err != nil {
		log.Fatal(err)
	}
	trusted := &sign.Keyring{} // or ParseKeyring of REMOTE.trustedkeys.gpg
	fmt.Println("imported:", trusted.Import(offered).Imported)
	fmt.Println("imported:", trusted.Import(offered).Imported)
	_ = trusted.WriteKeyList(os.Stdout, &sign.ListOptions{Location: time.UTC})
	// Output:
	// imported: 1
	// imported: 0
	// Key: CF637B973DE55C205C0DE1DE2275DA559746880B
	//   Created: Tue Nov 14 22:13:20 2023
	//   UID: Bob Example <bob@example.com>
	//   Advanced update URL: https://openpgpkey.example.com/.well-known/openpgpkey/example.com/hu/jycbiujnsxs47xrkethgtj69xuunurok?l=bob
	//   Direct update URL: https://example.com/.well-known/openpgpkey/hu/jycbiujnsxs47xrkethgtj69xuunurok?l=bob
}

// The sign API: an engine, keys in its raw form, signatures.
func ExampleVerifyData() {
	engine, err := sign.ByName("ed25519", nil)
	if err != nil {
		log.Fatal(err)
	}
	secret := ed25519.NewKeyFromSeed(make([]byte, 32))
	sig, err := engine.Sign(secret, []byte("commit"))
	if err != nil {
		log.Fatal(err)
	}
	keys := &sign.Keys{}
	keys.Trust(secret[32:])
	fmt.Println(sign.VerifyData(engine, keys, []byte("commit"), [][]byte{sig}))
	fmt.Println(sign.VerifyData(engine, keys, []byte("other"), [][]byte{sig}))
	// Output:
	// ed25519: Signature verified successfully with key '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29' <nil>
	//  ed25519: Signature couldn't be verified with: key '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29'
}
