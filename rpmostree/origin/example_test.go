package origin_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// A package is requested; from then on the deployment is assembled locally.
func Example() {
	o, err := origin.Parse([]byte("[origin]\nrefspec=nest:os/stable\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := o.AddPackages([]string{"tmux", "htop"}, false); err != nil {
		fmt.Println(err)
		return
	}
	text, err := o.Bytes()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(text))
	_, err = o.AddPackages([]string{"htop"}, false)
	fmt.Println(err)
	// Output:
	// [origin]
	// baserefspec=nest:os/stable
	//
	// [packages]
	// requested=htop;tmux;
	// Package/capability 'htop' is already requested
}
