// Package cloud completes the options of a Fetcher with the object stores and the
// credentials that Ignition has on a platform.
//
// [Options] is all there is. Who fetches for a machine uses it; who fetches nothing but
// http and data URLs does without, and without the code of the clouds.
//
//	f, err := resource.New(cloud.Options("aws", &resource.Options{Version: "2.26.0"}))
//
// What is added, unless the options have it already:
//
//	s3, arn   with the role of the instance on aws, else anonymously; package s3
//	gs        with the service account of the machine if it runs on Compute Engine; package gce
//	https     blobs of Azure with the managed identity of the machine on azure; package azure
//
// The platforms are those of package ignition/platform; an unknown name is one without credentials.
// Metadata services are not asked before a resource needs it. On all platforms gs asks whether
// the machine is one of Compute Engine, as Ignition does.
package cloud
