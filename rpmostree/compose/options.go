package compose

import (
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// ErrNoMain is returned in a program that did not call [Main] by what may have to run scripts, before anything is done.
var ErrNoMain = sandbox.ErrNoMain

// Main must be called first thing by programs that compose: scripts of packages run in a process that is
// the program itself, started anew. There it does not return.
func Main() { sandbox.Main() }

// Options are common to all operations of this package. The zero value works, without cache.
type Options struct {
	// Files is the file system that the treefile was read from. The .repo files of its directory configure
	// the repositories. Nil means that there are none.
	Files fs.FS
	// SourceRoot, unless empty, is the directory of a system whose configuration is used instead: the
	// repositories, their variables and keys, and the release version.
	SourceRoot string
	// Arch is the architecture in RPM's terms; empty means this machine's.
	Arch string

	// CacheDir keeps metadata and packages from one composition to the next; it is made if it is missing. Empty
	// means a directory that is deleted afterwards. Compositions with the same directory wait for each other.
	// The repository that is made in it may fill the file system: its min-free-space-percent is 0.
	CacheDir string
	// WorkDir is where that directory is made; empty means /var/tmp or, without one, the system's choice.
	WorkDir string
	// CacheOnly uses what is cached, however old, and connects to nothing.
	CacheOnly bool
	// ProxyEnv looks up http_proxy and its kin; nil means that the environment has no say.
	ProxyEnv func(name string) string
	// Proxy, unless empty, is the proxy of all repositories that do not have their own.
	Proxy string

	// Lockfile pins packages to versions. With LockfileStrict nothing but what is in it can be installed.
	Lockfile       *treefile.Lockfile
	LockfileStrict bool

	// DisableSELinux composes without labels whatever the treefile says.
	DisableSELinux bool
	// Epoch, unless zero, stands for the present time in everything that is stored, so that the same input
	// gives the same commit (SOURCE_DATE_EPOCH).
	Epoch time.Time
	// Lang is the language of scripts' messages; empty means C.
	Lang string
	// ScriptOutput receives the output of scripts; nil discards it.
	ScriptOutput io.Writer
	// ScriptDebug names a script, "package.script", that is run by hand on Terminal.
	ScriptDebug string
	Terminal    *os.File
	// SkipSanityCheck leaves out running /usr/bin/true in the new tree.
	SkipSanityCheck bool

	// Message receives the lines that are not steps, in rpm-ostree's words; nil discards them.
	Message func(line string)
	// Progress receives events of the steps, as "Importing packages".
	Progress ostree.Progress
	// Log is told what is noteworthy; nil discards it.
	Logger *slog.Logger
}

// TreeOptions adjust [Tree].
type TreeOptions struct {
	Options

	// Repo is the repository that gets the commit; of any mode but bare-user-only and bare-split-xattrs.
	Repo *ostree.Repo
	// LayerRepo has the commits of ostree-layers and ostree-override-layers; nil means Repo.
	LayerRepo *ostree.Repo

	// ForceNoCache composes although nothing has changed since the previous commit.
	ForceNoCache bool
	// DryRun ends when it is known which packages there would be.
	DryRun bool
	// DownloadOnly ends when the packages are in the cache, DownloadOnlyRPMs when their files are; both need CacheDir.
	DownloadOnly, DownloadOnlyRPMs bool
	// TouchIfChanged is a file whose modification time is set if there is something new.
	TouchIfChanged string

	// PreviousCommit is the commit to compare with; empty means the present one of the treefile's ref.
	PreviousCommit string
	// PreviousInputHash and PreviousVersion stand for what the previous commit records.
	PreviousInputHash, PreviousVersion string
	// Parent is the revision of the new commit's parent; empty means the present commit of the ref, NoParent none.
	Parent   string
	NoParent bool

	// Metadata are put into the commit: values as encoding/json decodes them, numbers as json.Number. They win over
	// those of the treefile.
	Metadata map[string]any
	// Composefs records the digest of the tree's composefs image.
	Composefs bool
	// GPGHome has the secret key that the treefile's gpg-key names; nil means that of the calling user.
	GPGHome *sign.Home

	// WriteCommitIDTo is a file for the checksum of the commit; no ref is written then.
	WriteCommitIDTo string
	// WriteComposeJSONTo is a file for a description of what was done.
	WriteComposeJSONTo string
	// WriteLockfileTo is a file for a lockfile with the packages that were chosen.
	WriteLockfileTo string
}

func (o *Options) arch() string {
	if o.Arch != "" {
		return o.Arch
	}
	return Machine()
}

// machines are the names of processors as uname -m prints them.
var machines = map[string]string{"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64", "loong64": "loongarch64", "ppc64le": "ppc64le", "s390x": "s390x"}

// Machine is the architecture of this machine in RPM's terms; treefiles are read for it.
func Machine() string { return machines[runtime.GOARCH] }
