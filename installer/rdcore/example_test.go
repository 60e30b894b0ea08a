package rdcore_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/installer/kargs"
	"github.com/nestos-dev/nestos/installer/rdcore"
)

func ExampleKargs() {
	options := "root=UUID=910678ff quiet console=tty0"
	res, err := rdcore.Kargs(context.Background(), &rdcore.KargsOptions{
		Override: &options,
		Edit:     kargs.Edit{Delete: []string{"quiet"}, AppendIfMissing: []string{"console=tty0", "console=ttyS0"}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(res.Text, res.Changed)
	// Output: root=UUID=910678ff console=tty0 console=ttyS0 true
}

func ExampleStreamHash() {
	hashes := strings.NewReader(`stream-hash sha256 4
88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589
36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c
`)
	err := rdcore.StreamHash(context.Background(), hashes, strings.NewReader("abcdabcde"), os.Stdout)
	fmt.Println()
	fmt.Println(err)
	// Output:
	// abcd
	// hash mismatch at offset 4; expected 36bbe50ed96841d10443bcb670d6554f0a34b761be67ec9c4a8ad2c0c44ca42c, found 88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589
}
