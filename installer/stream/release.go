package stream

// Release is the document of one release, release.json.
type Release struct {
	Release       string                 `json:"release"` // version
	Stream        string                 `json:"stream"`
	Metadata      Metadata               `json:"metadata"`
	Architectures map[string]ReleaseArch `json:"architectures"`
}

// ReleaseArch is what a release has for one architecture.
type ReleaseArch struct {
	Commit   string          `json:"commit"` // checksum of the OSTree commit
	OCIImage *ContainerImage `json:"oci-image,omitempty"`
	// Media are by platform.
	Media                map[string]Media `json:"media"`
	RHELCoreOSExtensions *Extensions      `json:"rhel-coreos-extensions,omitempty"`
}

// Media is what a release has for one platform.
type Media struct {
	// Artifacts are by format, as in PlatformArtifacts.
	Artifacts map[string]ImageFormat `json:"artifacts"`
	// Images are those in the regions of a cloud provider, Image that of one without
	// regions.
	Images map[string]CloudImage `json:"images,omitempty"`
	Image  *MediaImage           `json:"image,omitempty"`
}

// CloudImage is an image in one region.
type CloudImage struct {
	Image string `json:"image"`
}

// MediaImage is an image of a provider without regions: a GCPImage or a ContainerImage.
type MediaImage struct {
	Project   string `json:"project,omitempty"`
	Family    string `json:"family,omitempty"`
	Name      string `json:"name,omitempty"`
	Image     string `json:"image,omitempty"`
	DigestRef string `json:"digest-ref,omitempty"`
}

// ReleaseIndex is the list of the releases of a stream, releases.json.
type ReleaseIndex struct {
	Note     string         `json:"note,omitempty"` // says that the index is not for users
	Releases []IndexRelease `json:"releases"`
	Metadata Metadata       `json:"metadata"`
	Stream   string         `json:"stream"`
}

// IndexRelease names one release.
type IndexRelease struct {
	Commits     []IndexCommit `json:"commits"`
	OCIImages   []IndexImage  `json:"oci-images,omitempty"`
	Version     string        `json:"version"`
	MetadataURL string        `json:"metadata"` // of its Release
}

// IndexCommit is the OSTree commit of a release for one architecture.
type IndexCommit struct {
	Architecture string `json:"architecture"`
	Checksum     string `json:"checksum"`
}

// IndexImage is the container image of a release for one architecture.
type IndexImage struct {
	Architecture string `json:"architecture"`
	Image        string `json:"image"`
	DigestRef    string `json:"digest-ref"`
}

// ParseRelease reads the document of a release. Errors begin with "decoding release
// metadata".
func ParseRelease(data []byte) (*Release, error) {
	r := &Release{}
	if err := decode("release metadata", data, r); err != nil {
		return nil, err
	}
	return r, nil
}

// ParseReleaseIndex reads an index of releases. Errors begin with "decoding release index".
func ParseReleaseIndex(data []byte) (*ReleaseIndex, error) {
	r := &ReleaseIndex{}
	if err := decode("release index", data, r); err != nil {
		return nil, err
	}
	return r, nil
}
