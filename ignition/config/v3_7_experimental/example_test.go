package v3_7_experimental_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental"
	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
)

func Example() {
	raw := []byte(`{
  "ignition": {"version": "3.7.0-experimental"},
  "storage": {"filesystems": [{"device": "shared", "format": "virtiofs", "path": "/srv"}]}
}`)
	cfg, rpt, err := v3_7_experimental.Parse(raw)
	if err != nil {
		fmt.Print(rpt)
		return
	}
	fmt.Println(cfg.Storage.Filesystems[0].Device)
	// Output: shared
}

func ExampleMerge() {
	base := types.Config{Passwd: types.Passwd{Users: []types.PasswdUser{
		{Name: "core", SSHAuthorizedKeys: []types.SSHAuthorizedKey{"key1"}},
	}}}
	user := types.Config{Passwd: types.Passwd{Users: []types.PasswdUser{
		{Name: "core", SSHAuthorizedKeys: []types.SSHAuthorizedKey{"key2"}},
	}}}
	fmt.Println(v3_7_experimental.Merge(base, user).Passwd.Users[0].SSHAuthorizedKeys)
	// Output: [key1 key2]
}
