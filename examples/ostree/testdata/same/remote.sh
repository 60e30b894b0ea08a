ostree --repo=r init --mode=archive
ostree --repo=r remote
ostree --repo=r remote nope
ostree --repo=r remote add
ostree --repo=r remote add o
ostree --repo=r remote add --no-gpg-verify o URL/srv
ostree --repo=r remote add 'b c' URL/srv
ostree --repo=r remote add o URL/srv
ostree --repo=r remote add --if-not-exists o URL/other
ostree --repo=r remote add --if-not-exists --force o URL/other
ostree --repo=r remote add --force --no-gpg-verify o URL/srv
ostree --repo=r remote add --set=x o2 URL/srv
ostree --repo=r remote add --set=x=y --no-sign-verify --contenturl=URL/c --collection-id=org.x.Y o2 URL/srv b1 b2
ostree --repo=r remote add --sign-verify=dummy o3 URL/srv
ostree --repo=r remote add --sign-verify=nope=inline:x o3 URL/srv
ostree --repo=r remote add --sign-verify=dummy=foo:bar o3 URL/srv
ostree --repo=r remote add --sign-verify=dummy=bar o3 URL/srv
ostree --repo=r remote add --sign-verify=dummy=inline:x --no-sign-verify o3 URL/srv
ostree --repo=r remote add --sign-verify=dummy=inline:x o3 URL/srv
ostree --repo=r remote add --custom-backend=ostree-rs-ext o4
ostree --repo=r remote add o5 metalink=URL/m
ostree --repo=r remote add o6 mirrorlist=URL/m
ostree --repo=r remote add --collection-id=bad o7 URL/srv
ostree --repo=r remote add --gpg-import=alice.asc o8 URL/srv
ostree --repo=r remote add --gpg-import=/nope o9 URL/srv
cat r/config
ostree --repo=r remote list
ostree --repo=r remote list -u
ostree --repo=r remote show-url o
ostree --repo=r remote show-url o4
ostree --repo=r remote show-url nope
ostree --repo=r remote show-url
ostree --repo=r remote delete nope
ostree --repo=r remote delete --if-exists nope
ostree --repo=r remote delete
ostree --repo=r remote delete o2
ostree --repo=r remote list
ostree --repo=r remote refs
ostree --repo=r remote refs nope
ostree --repo=r remote refs o
ostree --repo=r remote refs o4
ostree --repo=r remote summary
ostree --repo=r remote summary nope
ostree --repo=r remote summary o
ostree --repo=r remote summary o4
ostree --repo=r remote list-cookies o
ostree --repo=r remote list-cookies
ostree --repo=r remote add-cookie o
ostree --repo=r remote add-cookie o example.com / k v
ostree --repo=r remote delete-cookie o example.com / nope
ostree --repo=r remote delete-cookie o
ostree --repo=r remote delete-cookie o example.com / k
ostree --repo=r remote list-cookies o
ostree --repo=r pull
# The newer program names the URL.
! ostree --repo=r pull o main
ostree --repo=r pull nope main
ostree --repo=r pull o4 main
ostree --repo=r pull o main@abc
ostree --repo=r pull file:///path main
ostree --repo=r pull o
ostree --repo=r pull --mirror o
ostree --repo=r pull --dry-run o main
ostree --repo=r pull --depth=x o main
ostree --repo=r pull --http-header=x o main
ostree --repo=r remote add --no-gpg-verify bad badscheme://x
ostree --repo=r pull bad main
ostree --repo=r remote add --no-gpg-verify dead http://127.0.0.1:1
ostree --repo=r pull --network-retries=0 dead main
ostree --repo=r remote refs dead
ostree --repo=r remote add --set=unconfigured-state=closed --no-gpg-verify sub URL/srv
ostree --repo=r pull sub main
ostree --repo=r pull-local
ostree --repo=r pull-local /nope
ostree --repo=r pull-local /nope main
ostree --repo=r pull-local --gpg-verify r main
