package v3_0_test

import (
	"fmt"

	"github.com/nestos-dev/nestos/ignition/config/v3_0"
	"github.com/nestos-dev/nestos/ignition/config/v3_0/types"
)

func Example() {
	raw := []byte(`{
  "ignition": {"version": "3.0.0"},
  "storage": {"files": [{"path": "/etc/motd", "contents": {"source": "data:,hello"}, "mode": 420}]}
}`)
	cfg, rpt, err := v3_0.Parse(raw)
	if err != nil {
		fmt.Print(rpt)
		return
	}
	fmt.Printf("%s %o\n", cfg.Storage.Files[0].Path, *cfg.Storage.Files[0].Mode)
	// Output: /etc/motd 644
}

func ExampleMerge() {
	base := types.Config{Passwd: types.Passwd{Users: []types.PasswdUser{
		{Name: "core", SSHAuthorizedKeys: []types.SSHAuthorizedKey{"key1"}},
	}}}
	user := types.Config{Passwd: types.Passwd{Users: []types.PasswdUser{
		{Name: "core", SSHAuthorizedKeys: []types.SSHAuthorizedKey{"key2"}},
	}}}
	fmt.Println(v3_0.Merge(base, user).Passwd.Users[0].SSHAuthorizedKeys)
	// Output: [key1 key2]
}
