package signature_test

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nestos-dev/nestos/installer/signature"
)

// An image is copied and checked in one go. The keys of NestOS, mirrors and tests are added
// to the compiled-in ones.
func ExampleKeyring_NewVerifier() {
	keys, err := signature.Builtin()
	if err != nil {
		panic(err)
	}
	if err := keys.AddFile("testdata/test-key.pub.asc"); err != nil {
		panic(err)
	}
	sig, err := os.ReadFile("testdata/1M.xz.sig")
	if err != nil {
		panic(err)
	}
	image, err := os.Open("testdata/1M.xz")
	if err != nil {
		panic(err)
	}
	defer image.Close()

	v := keys.NewVerifier(sig)
	v.Location = time.UTC
	if _, err := io.Copy(io.Discard, v.Reader(image)); err != nil {
		panic(err)
	}
	messages, err := v.Result()
	for _, m := range messages {
		fmt.Println(m)
	}
	fmt.Println(err)
	// Output:
	// gpg: Signature made Sun Sep 26 04:54:04 2021 UTC
	// gpg:                using RSA key FC51AC9FED914ECAD67EDB2A5FBDA8071BF24B78
	// gpg: Good signature from "coreos-installer snake oil key <coreos-installer@example.com>" [ultimate]
	// <nil>
}
