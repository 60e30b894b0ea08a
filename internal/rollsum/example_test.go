package rollsum_test

import (
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/internal/rollsum"
)

func Example() {
	var b strings.Builder
	for i := range 20000 {
		fmt.Fprintln(&b, i)
	}
	old := b.String()
	m := rollsum.Match([]byte(old), []byte("a new first line\n"+old))
	fmt.Println(m.Ranges, m.Percent() >= 50)
	// Output: [{0 17 108890}] true
}
