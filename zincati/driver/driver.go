package driver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nestos-dev/nestos/zincati/cincinnati"
)

// Driver changes the deployments of a system. Its methods may be called concurrently; they work one after the
// other.
type Driver interface {
	// Booted describes the deployment that runs. Its version and payload are not empty; the stream may be
	// unknown, see [Deployment.StreamErr].
	Booted(ctx context.Context) (Deployment, error)
	// Deployments lists the releases that the deployments of the system are, without duplicates, by version and
	// payload. Staged ones can be left out. The answer may be from a cache that is valid while the list of
	// deployments stays the same.
	Deployments(ctx context.Context, omitStaged bool) ([]Deployment, error)
	// Register makes the agent the one that drives updates: one attempt.
	Register(ctx context.Context) error
	// Stage downloads a release and deploys it for the next boot, locked against finalization.
	Stage(ctx context.Context, r cincinnati.Release, allowDowngrade bool) error
	// Staged describes the staged deployment, never from a cache; nil if there is none.
	Staged(ctx context.Context) (*Deployment, error)
	// Finalize unlocks the staged deployment, which must be of the payload, and reboots into it.
	Finalize(ctx context.Context, p cincinnati.Payload) error
	// Cleanup drops the staged deployment.
	Cleanup(ctx context.Context) error
}

// Deployment describes a deployment as a release of the operating system.
type Deployment struct {
	// Version is what the vendor calls the release. Of deployments that are not booted it may be empty.
	Version string
	// Payload is the commit or the image that was deployed, before layering.
	Payload cincinnati.Payload
	// Stream is the update stream of the release. If it is not known it is empty and StreamErr says why.
	Stream    string
	StreamErr error
	// Booted says that it runs, Staged that it is finalized at shutdown.
	Booted, Staged bool
	// ImageReference is the container image that the deployment follows; nil if there is none, or if the
	// reference cannot be parsed.
	ImageReference *ImageReference
}

// The conditions of [Driver.Booted], below "failed to introspect booted OS image".
var (
	ErrNotBooted     = errors.New("no booted deployment found")
	ErrEmptyRevision = errors.New("empty base revision")
	ErrEmptyVersion  = errors.New("empty version")
)

// errEmptyStream is the text for a label, annotation or key that is there and says nothing.
var errEmptyStream = errors.New("empty stream value")

// maxErrorOutput bounds the standard error that is kept in errors.
const maxErrorOutput = 64 << 10

// CommandError reports a run of rpm-ostree that did not succeed.
type CommandError struct {
	// Verb is the command, as messages name it: "status", "deploy", "deploy --register-driver", …
	Verb string
	// Exit is the exit status, -1 after a signal.
	Exit int
	// Stderr is what the program said, at most the first 64 KiB.
	Stderr string
}

// Error is "rpm-ostree VERB failed:" and, on the next lines, what the program said.
func (e *CommandError) Error() string { return "rpm-ostree " + e.Verb + " failed:\n" + e.Stderr }

// newCommandError cuts and cleans the standard error of a run.
func newCommandError(verb string, exit int, stderr []byte) *CommandError {
	if len(stderr) > maxErrorOutput {
		stderr = stderr[:maxErrorOutput]
	}
	return &CommandError{Verb: verb, Exit: exit, Stderr: strings.ToValidUTF8(string(stderr), "\uFFFD")}
}

// Meter receives the counters of a driver; see the Metric constants. It must be safe for concurrent use.
type Meter interface {
	// Inc adds one to a counter.
	Inc(name string, labels ...string)
	// Set sets a gauge.
	Set(name string, value float64, labels ...string)
}

// The counters of a driver. An attempt is counted when the command starts, a failure when it does not succeed.
//
// What surrounds a command is not counted. Staging an image begins with a status, and if that fails there was no deploy
// attempt; but an image without a digest is an attempt that failed. A status that succeeds, and makes no sense, is not
// a failed one.
const (
	MetricDeployAttempts   = "zincati_rpm_ostree_deploy_attempts_total"
	MetricDeployFailures   = "zincati_rpm_ostree_deploy_failures_total"
	MetricFinalizeAttempts = "zincati_rpm_ostree_finalize_attempts_total"
	MetricFinalizeFailures = "zincati_rpm_ostree_finalize_failures_total"
	MetricRegisterFailures = "zincati_rpm_ostree_register_driver_failures_total"
	MetricStatusAttempts   = "zincati_rpm_ostree_status_attempts_total"
	MetricStatusFailures   = "zincati_rpm_ostree_status_failures_total"
	MetricCacheRequests    = "zincati_rpm_ostree_status_cache_requests_total"
	MetricCacheMisses      = "zincati_rpm_ostree_status_cache_misses_total"
)

type noMeter struct{}

func (noMeter) Inc(string, ...string)          {}
func (noMeter) Set(string, float64, ...string) {}

// checkPayload refuses payloads that cannot be an argument of a program: they come from the network.
func checkPayload(p cincinnati.Payload) error {
	switch {
	case p.Text == "":
		return errors.New("empty payload")
	case strings.HasPrefix(p.Text, "-"):
		return fmt.Errorf("payload %q looks like an option", shorten(p.Text))
	case strings.ContainsFunc(p.Text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("payload %q has control characters", shorten(p.Text))
	case p.Scheme != cincinnati.Checksum && p.Scheme != cincinnati.OCI:
		return fmt.Errorf("payload scheme %q: not supported", shorten(string(p.Scheme)))
	}
	return nil
}

// shorten cuts text of others for messages.
func shorten(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// FinalizeID is how "finalize-deployment" names a payload: the checksum, or the digest of an image.
func FinalizeID(p cincinnati.Payload) (string, error) {
	if p.Scheme == cincinnati.Checksum {
		return p.Text, nil
	}
	_, digest, ok := strings.Cut(p.Text, "@")
	if !ok || digest == "" {
		return "", errNoDigest
	}
	return digest, nil
}
