package ostree

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/nestos-dev/nestos/internal/selinux"
)

// LoadSELinuxPolicy reads the file contexts of the policy that a system root configures
// (etc/selinux/config or usr/etc/selinux/config). epoch is 0, or 1 to label /usr/etc like /etc.
// root may be an [os.DirFS] or a commit's file system ([Repo.FS]). A root without a policy gives nil.
func LoadSELinuxPolicy(root fs.FS, epoch int) (*SELinuxPolicy, error) {
	if epoch != 0 && epoch != 1 {
		return nil, fmt.Errorf("Unknown SELinux labeling epoch: %d", epoch)
	}
	p, err := selinux.Load(root)
	if errors.Is(err, selinux.ErrNoPolicy) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &SELinuxPolicy{Policy: p, Epoch: epoch}, nil
}
