package rpmostree

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/origin"
)

// base is the commit that an operation works on, and how it was found.
type base struct {
	commit object.Checksum
	image  *container.Image // of a container origin
}

// resolveBase finds the base of an origin among what is in the repository.
func (s *System) resolveBase(o *origin.Origin) (base, error) {
	if o.OverrideCommit != "" {
		c, err := object.ParseChecksum(o.OverrideCommit)
		return base{commit: c}, err
	}
	switch o.Kind() {
	case origin.KindChecksum:
		c, err := object.ParseChecksum(o.Refspec)
		return base{commit: c}, err
	case origin.KindContainer:
		ref, err := container.ParseReference(o.Container)
		if err != nil {
			return base{}, err
		}
		img, err := container.LoadImage(s.Repo(), ref.Image)
		if err != nil {
			return base{}, err
		}
		return base{commit: img.Commit, image: img}, nil
	}
	c, err := s.Repo().ResolveRev(o.Refspec)
	return base{commit: c}, err
}

// pullBase fetches the newest commit of what an origin follows. Pinned origins have nothing to fetch.
func (s *System) pullBase(ctx context.Context, o *origin.Origin) error {
	switch o.Kind() {
	case origin.KindContainer:
		return s.pullImage(ctx, o)
	case origin.KindChecksum:
		return s.pullChecksum(ctx, o.Refspec)
	}
	remote, ref, err := ostree.ParseRefspec(o.Refspec)
	if err != nil {
		return err
	}
	if remote == "" {
		return nil // a local branch is as new as it is
	}
	opts := s.pullOptions()
	opts.Refs = []string{ref}
	if o.OverrideCommit != "" {
		opts.Refs = []string{ref + "@" + o.OverrideCommit}
		_, err := s.Repo().Pull(ctx, remote, opts)
		return err
	}
	stats, err := s.Repo().Pull(ctx, remote, opts)
	if err == nil && stats.MetadataFetched+stats.ContentFetched+stats.DeltaParts > 0 {
		s.message(stats.Status())
	}
	return err
}

func (s *System) pullOptions() *ostree.PullOptions {
	return &ostree.PullOptions{Progress: s.opts.Progress, UserAgent: s.opts.UserAgent}
}

func (s *System) pullImage(ctx context.Context, o *origin.Origin) error {
	ref, err := container.ParseReference(o.Container)
	if err != nil {
		return err
	}
	s.message("Pulling manifest: " + o.Container)
	_, err = container.Pull(ctx, s.Repo(), ref, &container.PullOptions{Progress: s.opts.Progress})
	return err
}

// pullChecksum makes sure that a commit is there whole; without a remote it cannot be fetched.
func (s *System) pullChecksum(ctx context.Context, sum string) error {
	c, err := object.ParseChecksum(sum)
	if err != nil {
		return err
	}
	state, err := s.Repo().CommitState(c)
	if err != nil {
		return err
	}
	if state != ostree.CommitComplete {
		return fmt.Errorf("commit %s is not complete in the repository", sum)
	}
	return nil
}

// checkAge refuses a base that is older than the present one.
func checkAge(repo *ostree.Repo, from, to object.Checksum) error {
	a, err := repo.LoadCommit(from)
	if err != nil {
		return err
	}
	b, err := repo.LoadCommit(to)
	if err != nil {
		return err
	}
	if b.Timestamp >= a.Timestamp {
		return nil
	}
	text := func(t uint64) string { return time.Unix(int64(t), 0).UTC().Format(time.RFC1123) }
	return fmt.Errorf("Upgrade target revision '%s' with timestamp '%s' is chronologically older than current revision '%s' with timestamp '%s'; use --allow-downgrade to permit",
		to, text(b.Timestamp), from, text(a.Timestamp))
}

// revision is what a user names to deploy: a version or a checksum.
type revision struct {
	version, checksum string
}

// parseRevision reads "version=V", "revision=CHECKSUM", a checksum or a version.
func parseRevision(s string) (revision, error) {
	if key, value, ok := strings.Cut(s, "="); ok {
		switch strings.ToLower(key) {
		case "version":
			return revision{version: value}, nil
		case "revision":
			if !object.IsChecksum(value) {
				return revision{}, fmt.Errorf("Invalid checksum %q", value)
			}
			return revision{checksum: value}, nil
		}
	}
	if object.IsChecksum(s) {
		return revision{checksum: s}, nil
	}
	if s == "" {
		return revision{}, errors.New("Empty revision")
	}
	return revision{version: s}, nil
}

// lookupRevision finds a version or a checksum in the history of the followed branch, fetching the commit
// objects of the history if need be.
func (s *System) lookupRevision(ctx context.Context, o *origin.Origin, text string, c *Change) (string, error) {
	rev, err := parseRevision(text)
	if err != nil {
		return "", err
	}
	if o.Kind() == origin.KindChecksum {
		return "", errors.New("Cannot look up version while pinned to commit")
	}
	remote, ref, err := ostree.ParseRefspec(o.Refspec)
	if err != nil {
		return "", err
	}
	if rev.checksum != "" && c.SkipBranchCheck {
		return rev.checksum, nil
	}
	if remote != "" && !c.CacheOnly && !c.NoPullBase {
		opts := s.pullOptions()
		opts.Refs, opts.Depth, opts.CommitOnly = []string{ref}, -1, true
		// The whole history may be long gone from the server: what is there counts.
		if _, err := s.Repo().Pull(ctx, remote, opts); err != nil {
			return "", err
		}
	}
	if rev.checksum != "" {
		s.message(fmt.Sprintf("Validating checksum '%s'", rev.checksum))
	} else {
		s.message(fmt.Sprintf("Resolving version '%s'", rev.version))
	}
	head, err := s.Repo().ResolveRev(o.Refspec)
	if err != nil {
		return "", err
	}
	for info, err := range s.Repo().Log(ctx, head) {
		if err != nil {
			if errors.Is(err, ostree.ErrNotFound) {
				break
			}
			return "", err
		}
		if info.Checksum.String() == rev.checksum || rev.version != "" && info.Version == rev.version {
			return info.Checksum.String(), nil
		}
	}
	if rev.checksum != "" {
		return "", fmt.Errorf("Checksum %s not found in %s", rev.checksum, o.Refspec)
	}
	return "", fmt.Errorf("Version %s not found in %s", rev.version, o.Refspec)
}

// followImage makes an origin follow another tag, or a digest ("sha256:…"), of its container image.
func followImage(o *origin.Origin, revision string) error {
	ref, err := container.ParseReference(o.Container)
	if err != nil {
		return err
	}
	if ref.Image.Transport != container.TransportRegistry {
		return fmt.Errorf("deploying a tag or digest of an image that is not in a registry is not supported; rebase to %s", revision)
	}
	name, _, _ := strings.Cut(ref.Image.Name, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name = name[:i]
	}
	sep := ":"
	if strings.HasPrefix(revision, "sha256:") {
		sep = "@"
	}
	ref.Image.Name = name + sep + revision
	if _, err := container.ParseReference(ref.String()); err != nil {
		return fmt.Errorf("%s is neither a tag nor a digest: %w", revision, err)
	}
	o.Container = ref.String()
	return nil
}
