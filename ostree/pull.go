package ostree

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"golang.org/x/sys/unix"
)

// DeltaPolicy says whether a pull may use static deltas.
type DeltaPolicy uint8

// The policies. A repository of mode archive never uses deltas.
const (
	DeltasAllowed  DeltaPolicy = iota // where the remote has a fitting one
	DeltasDisabled                    // loose objects only
	DeltasRequired                    // fail if there is no delta
)

// PullCollectionRef is a ref of a collection to pull.
type PullCollectionRef struct {
	CollectionRef
	// Checksum is the commit to pull; zero means the one that the ref names.
	Checksum object.Checksum
}

// PullOptions say what to pull and how. Nil and the zero value pull the branches that the remote's
// configuration names.
type PullOptions struct {
	// Refs are "REF", "REF@CHECKSUM" (that commit, which the ref will point to) or a checksum alone (no ref is
	// written).
	Refs []string
	// CollectionRefs are refs of collections; exclusive with Refs.
	CollectionRefs []PullCollectionRef
	// Mirror writes the remote's refs as local ones (those of other collections below
	// refs/mirrors). Without any refs named, everything in the remote's summary is pulled and the
	// summary itself is copied.
	Mirror bool
	// Depth is how many parents of each commit are pulled too; -1 means all. Missing parents
	// are no error.
	Depth int
	// Subpaths restrict the pull to these absolute paths; the commits stay partial.
	Subpaths []string
	// CommitOnly pulls the commit objects and their detached metadata only; the commits stay partial.
	CommitOnly bool

	// Untrusted verifies objects that come from a local repository too.
	Untrusted bool
	// TrustedHTTP stores content as received when mirroring into an archive repository.
	TrustedHTTP bool
	// BareUserOnlyFiles refuses files that a bare-user-only repository could not hold.
	BareUserOnlyFiles bool
	// NoVerifyBindings accepts commits whose metadata says that they belong to other refs.
	NoVerifyBindings bool
	// TimestampCheck refuses a commit that is older than the one its ref points to now.
	TimestampCheck bool
	// TimestampCheckFromRev refuses a commit that is older than this revision.
	TimestampCheckFromRev string

	// URL replaces the URL of the remote.
	URL string
	// RemoteName is the name below which refs are written when the remote is given as a URL.
	RemoteName string
	// LocalCaches are repositories to look for objects in before they are fetched.
	LocalCaches []*Repo
	// CacheDir holds the cache of summaries; empty means the repository's tmp/cache.
	CacheDir string
	// Deltas says whether static deltas are used.
	Deltas DeltaPolicy
	// DryRun stops when it is known how large the deltas are; it needs [DeltasRequired].
	DryRun bool

	// GPGVerify and GPGVerifySummary override the remote's configuration unless nil.
	GPGVerify, GPGVerifySummary *bool
	// NoSignVerify and NoSignVerifySummary switch the sign API's verification off.
	NoSignVerify, NoSignVerifySummary bool
	// Summary and SummarySig are used in place of the remote's files; SummarySig may be nil.
	Summary, SummarySig []byte

	// Header is sent with every request.
	Header http.Header
	// UserAgent replaces the default; AppendUserAgent is added after a space.
	UserAgent, AppendUserAgent string
	// Retries is how often a request is repeated after a transient network error: 0 means 5,
	// negative never. RetryAll repeats after every error that could be temporary.
	Retries  int
	RetryAll bool
	// MaxRequests is how many requests run at the same time; 0 means 8.
	MaxRequests int
	// LowSpeedLimit (bytes a second) and LowSpeedTime give up on a transfer that is slower for so
	// long; zero means 1000 bytes and 30 s.
	LowSpeedLimit int64
	LowSpeedTime  time.Duration
	// ProxyEnv looks up http_proxy and its kin; nil means that the environment has no say.
	ProxyEnv func(name string) string
	// HTTPTrace is given the requests and replies in curl's verbose style; nil for none.
	HTTPTrace func(text string)

	// NoFsync and PerObjectFsync are as in [TxnOptions] and core.per-object-fsync.
	NoFsync, PerObjectFsync bool
	// Progress receives events of task "pull".
	Progress Progress
	// OnGPGResult is told of every verification of a commit's OpenPGP signatures; nil for none.
	OnGPGResult func(commit object.Checksum, result *sign.Result)
}

// PullLocalOptions are the [PullOptions] that concern a pull from a repository on this host.
type PullLocalOptions struct {
	// Refs are as in [PullOptions]; empty means all refs of the source.
	Refs []string
	// Remote is the name below which refs are written; empty for local refs.
	Remote string
	// Depth, Subpaths, CommitOnly, Untrusted, BareUserOnlyFiles, NoVerifyBindings: see [PullOptions].
	Depth             int
	Subpaths          []string
	CommitOnly        bool
	Untrusted         bool
	BareUserOnlyFiles bool
	NoVerifyBindings  bool
	// Deltas are off unless [DeltasRequired].
	Deltas DeltaPolicy
	DryRun bool
	// GPGVerify, GPGVerifySummary and SignVerify demand signatures; they need Remote.
	GPGVerify, GPGVerifySummary, SignVerify bool
	NoFsync, PerObjectFsync                 bool
	Progress                                Progress
	OnGPGResult                             func(commit object.Checksum, result *sign.Result)
}

// Pull fetches commits and everything they refer to from a remote and updates the refs. The remote
// is the name of a configured one, or a file:// URL.
//
// Nothing becomes visible before all of it is there and verified; what an interrupted pull has
// received is used by the next one. Objects are fetched over several connections at once and are
// verified against their checksums as they arrive.
func (r *Repo) Pull(ctx context.Context, remote string, opts *PullOptions) (*PullStats, error) {
	if opts == nil {
		opts = &PullOptions{}
	}
	p, err := r.newPuller(remote, opts)
	if err != nil {
		return nil, err
	}
	defer p.close()
	return p.run(ctx)
}

// PullLocal copies commits and everything they refer to from another repository. Objects become hard
// links where both repositories store them alike on the same file system and have the same owner;
// they are copied otherwise. The source is trusted unless the options say something else.
func (r *Repo) PullLocal(ctx context.Context, src *Repo, opts *PullLocalOptions) (*PullStats, error) {
	if opts == nil {
		opts = &PullLocalOptions{}
	}
	refs := opts.Refs
	if len(refs) == 0 {
		all, err := src.Refs("")
		if err != nil {
			return nil, err
		}
		for _, ref := range all {
			refs = append(refs, ref.Refspec())
		}
	}
	url, err := fileURL(src.path)
	if err != nil {
		return nil, err
	}
	po := &PullOptions{
		Refs: refs, RemoteName: opts.Remote, Depth: opts.Depth, Subpaths: opts.Subpaths, CommitOnly: opts.CommitOnly,
		Untrusted: opts.Untrusted, BareUserOnlyFiles: opts.BareUserOnlyFiles, NoVerifyBindings: opts.NoVerifyBindings,
		Deltas: opts.Deltas, DryRun: opts.DryRun, GPGVerify: &opts.GPGVerify, GPGVerifySummary: &opts.GPGVerifySummary,
		NoSignVerify: !opts.SignVerify, NoFsync: opts.NoFsync, PerObjectFsync: opts.PerObjectFsync,
		Progress: opts.Progress, OnGPGResult: opts.OnGPGResult,
	}
	p, err := r.newPuller(url, po)
	if err != nil {
		return nil, err
	}
	defer p.close()
	p.signLocal = opts.SignVerify
	if po.Deltas != DeltasRequired {
		p.local = src
	}
	return p.run(ctx)
}

// pullRef is one of the refs asked for.
type pullRef struct {
	CollectionRef
	want object.Checksum // zero: whatever the remote says
	got  object.Checksum
}

// parseRefs splits PullOptions.Refs into refs and commits.
func parseRefs(refs []string) (out []*pullRef, commits []object.Checksum, err error) {
	for _, s := range refs {
		if object.IsChecksum(s) {
			c, err := object.ParseChecksum(s)
			if err != nil {
				return nil, nil, err
			}
			if !slices.Contains(commits, c) {
				commits = append(commits, c)
			}
			continue
		}
		name, rev, hasRev := strings.Cut(s, "@")
		if err := ValidateRefName(name); err != nil {
			return nil, nil, err
		}
		ref := &pullRef{CollectionRef: CollectionRef{Ref: name}}
		if hasRev {
			if ref.want, err = object.ParseChecksum(rev); err != nil {
				return nil, nil, err
			}
		}
		out = addPullRef(out, ref)
	}
	return out, commits, nil
}

// addPullRef adds a ref; the last mention of a name counts.
func addPullRef(list []*pullRef, ref *pullRef) []*pullRef {
	for _, old := range list {
		if old.CollectionRef == ref.CollectionRef {
			old.want = ref.want
			return list
		}
	}
	return append(list, ref)
}

func checkPullOptions(o *PullOptions) error {
	switch {
	case len(o.Refs) > 0 && len(o.CollectionRefs) > 0:
		return fmt.Errorf("refs and refs of collections cannot be pulled together")
	case o.DryRun && o.Deltas != DeltasRequired:
		return fmt.Errorf("a dry run needs static deltas to be required")
	case o.Depth < -1:
		return fmt.Errorf("invalid depth %d", o.Depth)
	}
	for _, s := range o.Subpaths {
		if !strings.HasPrefix(s, "/") {
			return fmt.Errorf("Invalid path '%s': it must begin with a slash", s)
		}
	}
	return nil
}

// setRefs writes what was pulled to the transaction.
func (p *puller) setRefs() error {
	for _, ref := range p.refs {
		k := refKey{remote: p.remoteName, ref: ref.Ref}
		if p.opts.Mirror {
			k = p.repo.collectionKey(ref.CollectionRef)
		}
		old, found, err := p.repo.readRef(k)
		if err != nil {
			return err
		}
		if found && old == ref.got {
			continue
		}
		if err := p.txn.setRef(k, refUpdate{checksum: ref.got}); err != nil {
			return err
		}
	}
	return nil
}

// clearPartial takes the marks off all commits that are complete now.
func (p *puller) clearPartial() error {
	if len(p.opts.Subpaths) > 0 || p.opts.CommitOnly {
		return nil
	}
	for c := range p.commitDepth {
		if err := unix.Unlinkat(p.repo.dirFD, partialPath(c), 0); err != nil && err != unix.ENOENT {
			return errno.New("unlinkat", partialPath(c), err)
		}
	}
	return nil
}
