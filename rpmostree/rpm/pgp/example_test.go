package pgp_test

import (
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

func Example() {
	var keys pgp.Keyring
	armored, _ := os.ReadFile("testdata/centos7.key")
	if err := keys.Add(armored); err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range keys.Keys() {
		fmt.Printf("gpg-pubkey-%s-%s %s\n", key.Version(), key.Release(), key.UserIDs()[0])
	}

	packet, _ := os.ReadFile("testdata/centos7.sig")
	header, _ := os.ReadFile("testdata/centos7.header")
	sig, err := pgp.ParseSignature(packet)
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := sig.NewHash()
	if err != nil {
		fmt.Println(err)
		return
	}
	h.Write(header)
	fmt.Printf("%s: %s\n", sig, keys.Check(sig, h))
	// Output:
	// gpg-pubkey-f4a80eb5-53a7ff4b CentOS-7 Key (CentOS 7 Official Signing Key) <security@centos.org>
	// V3 RSA/SHA256 Signature, key ID f4a80eb5: OK
}
