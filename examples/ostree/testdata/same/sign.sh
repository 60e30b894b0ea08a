ostree --repo=r init --mode=archive
mkdir t; printf x > t/f
ostree --repo=r commit -b main -s s --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
ostree --repo=r sign
ostree --repo=r sign main
ostree --repo=r sign nope x
ostree --repo=r sign --sign-type=nope main x
ostree --repo=r sign --sign-type=dummy --verify main abc
ostree --repo=r sign --sign-type=dummy main abc
ostree --repo=r sign -s dummy main def
ostree --repo=r sign -s dummy --verify main abc
ostree --repo=r sign -s dummy --verify main nope abc
ostree --repo=r sign -s dummy --verify main nope
OSTREE_DUMMY_SIGN_ENABLED= ostree --repo=r sign -s dummy main abc
OSTREE_DUMMY_SIGN_ENABLED= ostree --repo=r sign -s dummy --verify main abc
ostree --repo=r show --print-detached-metadata-key=ostree.sign.dummy main
ostree --repo=r summary -u --sign=abc --sign-type=nope
ostree --repo=r summary -u --sign=abc --sign-type=dummy
ostree --repo=c init
ostree --repo=c remote add --no-gpg-verify --sign-verify=dummy=inline:abc a URL/r
ostree --repo=c pull a main
ostree --repo=c remote add --no-gpg-verify --sign-verify=dummy=inline:xyz b URL/r
ostree --repo=c pull b main
ostree --repo=c remote add --no-gpg-verify --set=sign-verify=true d URL/r
# Here an engine without any keys is not asked.
! ostree --repo=c pull d main
ostree --repo=c remote add --no-gpg-verify --set=sign-verify=dummy e URL/r
ostree --repo=c pull e main
ostree --repo=c remote add --no-gpg-verify --set=sign-verify-summary=true --sign-verify=dummy=inline:abc f URL/r
ostree --repo=c pull f main
ostree --repo=c remote add --no-gpg-verify --set=sign-verify-summary=dummy --sign-verify=dummy=inline:xyz g URL/r
ostree --repo=c pull g main
rm r/summary.sig
ostree --repo=c pull f main
ostree --repo=r commit -b unsigned -s s --timestamp=@1700000001 --owner-uid=0 --owner-gid=0 t
ostree --repo=r summary -u
ostree --repo=c pull a unsigned
