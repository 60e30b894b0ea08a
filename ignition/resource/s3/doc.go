// Package s3 reads objects of Amazon S3 for package resource.
//
//	client := s3.New(&s3.Options{RegionHint: "eu-west-1"})
//	opt := resource.Options{Sources: map[string]resource.Source{"s3": client, "arn": client}}
//
// [New] makes a [Client], which opens s3://bucket/key and ARN URLs of buckets
// (arn:aws:s3:::bucket/key) and access points
// (arn:aws:s3:region:account:accesspoint/name/object/key), both with an optional
// query versionId. [NewInstance] gives the credentials and the region of a virtual
// machine of Amazon EC2.
//
// # How an object is read
//
// An anonymous HEAD of the bucket, at a region that is known, tells the region of the
// bucket in the header x-amz-bucket-region. The object then comes from the dual-stack
// endpoint of its region in parts of 5 MiB, of which five are requested at a time; they
// are handed out in order. All parts must have the same ETag, so that an object that
// is replaced in the meantime is an error instead of a mixture. A request is made up to
// three times.
//
// Requests are signed (AWS Signature Version 4) with the credentials, if there are any.
// When these cannot be had, the object is requested anonymously. A redirect
// does not get the signature.
package s3
