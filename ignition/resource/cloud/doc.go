// Package cloud completes the options of a Fetcher with the object stores and the
// credentials that Ignition has on a platform.
//
//	f, err := resource.New(cloud.Options("aws", &resource.Options{Version: "2.26.0"}))
//
//	s3, arn   with the role of the instance on aws, else anonymously
//	gs        with the service account of the machine if it runs on Compute Engine
//	https     blobs of Azure with the managed identity of the machine on azure
package cloud
