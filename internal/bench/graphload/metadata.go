package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const releases = 160

// writeMetadata writes a stream whose graph for x86_64 has 160 releases and 170 edges: barriers up to release 147,
// a finished rollout of the last but one release and one of the last that is half-way.
func writeMetadata(dir string) error {
	var index, updates []string
	day := time.Date(2020, 3, 2, 0, 0, 0, 0, time.UTC)
	version := func(i int) string {
		return fmt.Sprintf("%d.%s.3.%d", 31+i/12, day.AddDate(0, 0, 14*i).Format("20060102"), i%3)
	}
	for i := range releases {
		var commits, images []string
		for _, arch := range []string{"x86_64", "aarch64", "s390x", "ppc64le"} {
			sum := sha256.Sum256([]byte(arch + version(i)))
			commits = append(commits, fmt.Sprintf(`{"architecture":%q,"checksum":"%x"}`, arch, sum))
			images = append(images, fmt.Sprintf(
				`{"architecture":%q,"image":"quay.io/fedora/fedora-coreos:%s","digest-ref":"quay.io/fedora/fedora-coreos@sha256:%x"}`,
				arch, version(i), sum))
		}
		index = append(index, fmt.Sprintf(
			`{"version":%q,"metadata":"https://builds.coreos.fedoraproject.org/prod/streams/stable/builds/%[1]s/release.json","commits":[%s],"oci-images":[%s]}`,
			version(i), strings.Join(commits, ","), strings.Join(images, ",")))
	}
	for _, i := range []int{3, 20, 47, 80, 112, 147} {
		updates = append(updates, fmt.Sprintf(
			`{"version":%q,"metadata":{"barrier":{"reason":"https://github.com/coreos/fedora-coreos-tracker/issues/%d"}}}`, version(i), 480+9*i))
	}
	updates = append(updates,
		fmt.Sprintf(`{"version":%q,"metadata":{"rollout":{"start_percentage":1.0}}}`, version(releases-2)),
		fmt.Sprintf(`{"version":%q,"metadata":{"rollout":{"start_epoch":%d,"start_percentage":0.0,"duration_minutes":2880}}}`,
			version(releases-1), time.Now().Add(-24*time.Hour).Unix()))
	for name, text := range map[string]string{
		"releases.json": `{"releases":[` + strings.Join(index, ",\n") + `]}`,
		"updates.json": `{"stream":"stable","metadata":{"last-modified":"2026-01-01T00:00:00Z"},"releases":[` +
			strings.Join(updates, ",\n") + `]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}
