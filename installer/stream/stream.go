package stream

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Stream is the document of one stream.
type Stream struct {
	Stream   string   `json:"stream"` // its name: "stable"
	Metadata Metadata `json:"metadata"`
	// Architectures are by RPM's name of the architecture; see [ArchName].
	Architectures map[string]Arch `json:"architectures"`
}

// Metadata tells of the document itself.
type Metadata struct {
	LastModified string `json:"last-modified"` // RFC 3339
	Generator    string `json:"generator,omitempty"`
}

// Arch is what there is for one architecture.
type Arch struct {
	// Artifacts are files to download, by platform: "metal", "qemu", "openstack" …
	Artifacts map[string]PlatformArtifacts `json:"artifacts"`
	// Images are those that cloud providers have already.
	Images Images `json:"images,omitzero"`
	// RHELCoreOSExtensions are particular to RHEL CoreOS.
	RHELCoreOSExtensions *Extensions `json:"rhel-coreos-extensions,omitempty"`
}

// PlatformArtifacts are the files for one platform.
type PlatformArtifacts struct {
	Release string `json:"release"` // version: "43.20261101.3.0"
	// Formats are by name: "raw.xz", "4k.raw.xz", "iso", "pxe", "qcow2.xz" …
	Formats map[string]ImageFormat `json:"formats"`
}

// ImageFormat is one image: a disk, or for PXE a kernel, an initramfs and a root file
// system.
type ImageFormat struct {
	Disk      *Artifact
	Kernel    *Artifact
	Initramfs *Artifact
	Rootfs    *Artifact
	// Other are artifacts of any other type, by type; nil if there are none.
	Other map[string]*Artifact
}

// Artifact is one file.
type Artifact struct {
	// Type is "disk", "kernel", "initramfs", "rootfs" …: the key of the artifact in the
	// document.
	Type string `json:"-"`
	// Location and Signature are URLs of the file and of a detached OpenPGP signature on
	// it; Signature may be empty.
	Location  string `json:"location"`
	Signature string `json:"signature"`
	// SHA256 is the digest of the file and UncompressedSHA256, if given, that of what is in
	// it: hexadecimal.
	SHA256             string `json:"sha256"`
	UncompressedSHA256 string `json:"uncompressed-sha256,omitempty"`
}

// Images are the images in cloud providers.
type Images struct {
	Aliyun   *ReplicatedImage  `json:"aliyun,omitempty"`
	AWS      *ReplicatedImage  `json:"aws,omitempty"`
	GCP      *GCPImage         `json:"gcp,omitempty"`
	IBMCloud *ReplicatedObject `json:"ibmcloud,omitempty"`
	KubeVirt *ContainerImage   `json:"kubevirt,omitempty"`
	PowerVS  *ReplicatedObject `json:"powervs,omitempty"`
}

// ReplicatedImage is an image with a different name in every region.
type ReplicatedImage struct {
	Regions map[string]SingleImage `json:"regions,omitempty"`
}

// SingleImage is an image in one region.
type SingleImage struct {
	Release string `json:"release"`
	Image   string `json:"image"` // "ami-…"
}

// GCPImage is an image in the Google Cloud.
type GCPImage struct {
	Release string `json:"release,omitempty"`
	Project string `json:"project,omitempty"`
	Family  string `json:"family,omitempty"`
	Name    string `json:"name,omitempty"`
}

// ReplicatedObject is an object in storage with a copy in every region.
type ReplicatedObject struct {
	Regions map[string]SingleObject `json:"regions,omitempty"`
}

// SingleObject is an object in one region.
type SingleObject struct {
	Release string `json:"release"`
	Object  string `json:"object"`
	Bucket  string `json:"bucket"`
	URL     string `json:"url"`
}

// ContainerImage is an image in a container registry.
type ContainerImage struct {
	Release   string `json:"release,omitempty"`
	Image     string `json:"image"`      // by tag
	DigestRef string `json:"digest-ref"` // by digest
}

// Extensions are particular to RHEL CoreOS.
type Extensions struct {
	AzureDisk   *AzureDisk       `json:"azure-disk,omitempty"`
	Marketplace *Marketplace     `json:"marketplace,omitempty"`
	AWSWinLI    *ReplicatedImage `json:"aws-winli,omitempty"`
}

// AzureDisk is a disk image in the Azure cloud.
type AzureDisk struct {
	Release string `json:"release"`
	URL     string `json:"url"`
}

// Marketplace are images in the marketplaces of cloud providers.
type Marketplace struct {
	Azure *AzureMarketplace `json:"azure,omitempty"`
}

// AzureMarketplace are the offers without a purchase plan, and others by name.
type AzureMarketplace struct {
	NoPurchasePlan *AzureImages `json:"no-purchase-plan,omitempty"`
}

// AzureImages are the generations of a virtual machine's image.
type AzureImages struct {
	Gen1 *AzureImage `json:"hyperVGen1,omitempty"`
	Gen2 *AzureImage `json:"hyperVGen2,omitempty"`
}

// AzureImage is one image in the Azure marketplace.
type AzureImage struct {
	Publisher string `json:"publisher"`
	Offer     string `json:"offer"`
	SKU       string `json:"sku"`
	Version   string `json:"version"`
}

// All lists the artifacts in the order of their types, with Type filled in.
func (f *ImageFormat) All() []Artifact {
	var list []Artifact
	for _, kind := range slices.Sorted(maps.Keys(f.byType())) {
		a := *f.byType()[kind]
		a.Type = kind
		list = append(list, a)
	}
	return list
}

// byType maps types to artifacts.
func (f *ImageFormat) byType() map[string]*Artifact {
	m := map[string]*Artifact{}
	for kind, a := range f.Other {
		if a != nil {
			m[kind] = a
		}
	}
	for _, kind := range []string{"disk", "kernel", "initramfs", "rootfs"} {
		if a := *f.field(kind); a != nil {
			m[kind] = a
		}
	}
	return m
}

// field is where an artifact of a type is, nil if it is among Other.
func (f *ImageFormat) field(kind string) **Artifact {
	switch kind {
	case "disk":
		return &f.Disk
	case "kernel":
		return &f.Kernel
	case "initramfs":
		return &f.Initramfs
	case "rootfs":
		return &f.Rootfs
	}
	return nil
}

// UnmarshalJSON reads an object of artifacts by type.
func (f *ImageFormat) UnmarshalJSON(data []byte) error {
	var all map[string]*Artifact
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	*f = ImageFormat{}
	for kind, a := range all {
		if a == nil {
			return fmt.Errorf("artifact %q is null", bounded(kind))
		}
		a.Type = kind
		f.set(a)
	}
	return nil
}

// set puts an artifact where its type belongs.
func (f *ImageFormat) set(a *Artifact) {
	switch field := f.field(a.Type); {
	case field != nil:
		*field = a
	case f.Other == nil:
		f.Other = map[string]*Artifact{a.Type: a}
	default:
		f.Other[a.Type] = a
	}
}

// MarshalJSON writes an object of artifacts by type.
func (f ImageFormat) MarshalJSON() ([]byte, error) { return json.Marshal(f.byType()) }
