repo system 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 1 1 i686
#>=Prv: B = 1-1
#>=Req: V <> 1
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: G 2 2 i686
#>=Prv: G = 2-2
#>=Prv: W
#>=Req: D >= 2-2
#>=Obs: B <> 2-1
#>=Obs: H < 1-1
#>=Obs: A
#>=Fls: /usr/lib/c
#>=Vnd: openSUSE build
#>=Tim: 200
#>=Pkg: C 2 1 x86_64
#>=Prv: C = 2-1
#>=Prv: V
#>=Req: W <IF> F
#>=Prq: (/bin/a) & /usr/d
#>=Vnd: openSUSE build
#>=Tim: 200
#>=Pkg: G 1 1 noarch
#>=Prv: G = 1-1
#>=Req: B
#>=Vnd: SUSE
#>=Tim: 100
repo r1 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: G 2 1 i686
#>=Prv: G = 2-1
#>=Con: F & /bin/a
#>=Rec: /bin/a
#>=Sug: /bin/a
#>=Vnd: openSUSE build
#>=Tim: 100
#>=Pkg: H 2 2 badarch
#>=Prv: H = 2-2
#>=Fls: /bin/b
#>=Vnd: SUSE
#>=Tim: 100
#>=Pkg: A 1 1 noarch
#>=Prv: A = 1-1
#>=Req: G = 2 & nosuch
#>=Vnd: openSUSE build
#>=Tim: 200
#>=Pkg: G 1 1 x86_64
#>=Prv: G = 1-1
#>=Con: D
#>=Sup: /nowhere/e
#>=Fls: /usr/lib/c
#>=Fls: /usr/lib/c
#>=Fls: /bin/b
#>=Vnd: Fedora
#>=Tim: 200
#>=Pkg: B 2 2 x86_64
#>=Prv: B = 2-2
#>=Vnd: Fedora
#>=Tim: 100
#>=Pkg: B 3 1 i686
#>=Prv: B = 3-1
#>=Req: V & W
#>=Prq: E
#>=Sug: B
#>=Rec: C + D
#>=Rec: D
#>=Sup: C
#>=Sup: /bin/a
#>=Vnd: openSUSE build
#>=Tim: 100
system x86_64 rpm system
poolflags forbidselfconflicts
poolflags obsoleteusescolors
poolflags implicitobsoleteusescolors
poolflags noinstalledobsoletes
poolflags implicitobsoleteusescolors whatprovideswithdisabled
solverflags allowvendorchange dupallowvendorchange keeporphans bestobeypolicy yumobsoletes urpmreorder keepexplicitobsoletes allowuninstall yumobsoletes strongrecommends focusinstalled focusnew focusbest bestobeypolicy !dupallownamechange keeporphans ignorerecommended needupdateprovide
job distupgrade all packages
job lock pkg C-2-1.x86_64@system
job userinstalled name C
job lock name G
job blacklist pkg C-2-1.x86_64@system
job excludefromweak name C
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name B
#>autoinst name G
#>erase B-1-1.i686@system
#>install B-2-2.x86_64@r1
#>job blacklist pkg C-2-1.x86_64@system
#>job distupgrade all packages
#>job excludefromweak name C
#>job lock name G
#>job lock pkg C-2-1.x86_64@system
#>job userinstalled name C
#>orphaned C-2-1.x86_64@system
#>reason B-1-1.i686@system unit e2b32e78aaa299978027decd0ab27b77
#>reason B-2-2.x86_64@r1 unit f03e4ee2ad827dc41ee95d6785640c5e
#>reason B-3-1.i686@r1 unit 74e09a834ff6c1189af94f6973035f01
#>reason C-2-1.x86_64@system unit fde3a3f683d5a2a0d0345761d6dd73ac
#>reason G-1-1.noarch@system unit 77ac7cff58a5ddb99b395c963e3a56e6
#>reason G-1-1.x86_64@r1 unit 2c60eb43fddde5c36028f4af51d58c19
#>reason G-2-1.i686@r1 unit c4c1c2f122fb46e908c06fc188d0c4d0
#>reason G-2-2.i686@system unit c47fcb82c87f76f959ec2e5d01bcd17a
#>rule distupgrade 6e0301452349b5693c51a891ce5c4135 -G-2-2.i686@system
#>rule distupgrade ba966613347d66ced900715893ea86a5 -G-1-1.noarch@system
#>rule distupgrade e2b32e78aaa299978027decd0ab27b77 -B-1-1.i686@system
#>rule infarch 74e09a834ff6c1189af94f6973035f01 -B-3-1.i686@r1
#>rule infarch c4c1c2f122fb46e908c06fc188d0c4d0 -G-2-1.i686@r1
#>rule job 2c60eb43fddde5c36028f4af51d58c19 -G-1-1.x86_64@r1
#>rule job 77ac7cff58a5ddb99b395c963e3a56e6  G-1-1.noarch@system
#>rule job c47fcb82c87f76f959ec2e5d01bcd17a  G-2-2.i686@system
#>rule job c4c1c2f122fb46e908c06fc188d0c4d0 -G-2-1.i686@r1
#>rule job fde3a3f683d5a2a0d0345761d6dd73ac  C-2-1.x86_64@system
#>rule pkg 0270762e471397704a6f1e838be25aca -B-1-1.i686@system
#>rule pkg 0270762e471397704a6f1e838be25aca -B-3-1.i686@r1
#>rule pkg 11b636d17cd56627bf2671d9ce833182  C-2-1.x86_64@system
#>rule pkg 11b636d17cd56627bf2671d9ce833182 -B-1-1.i686@system
#>rule pkg 3f74b7689d9de49524dff758c8581dd5 -G-1-1.noarch@system
#>rule pkg 3f74b7689d9de49524dff758c8581dd5 -G-1-1.x86_64@r1
#>rule pkg 585ffc6d487bb3f9a8bbe79173da4df8 -G-1-1.noarch@system
#>rule pkg 585ffc6d487bb3f9a8bbe79173da4df8 -G-2-1.i686@r1
#>rule pkg 6e6ed4e597debc3c1a57b11cc8a4f47c  C-2-1.x86_64@system
#>rule pkg 6e6ed4e597debc3c1a57b11cc8a4f47c -B-3-1.i686@r1
#>rule pkg 74e09a834ff6c1189af94f6973035f01 -B-3-1.i686@r1
#>rule pkg f03e4ee2ad827dc41ee95d6785640c5e  B-1-1.i686@system
#>rule pkg f03e4ee2ad827dc41ee95d6785640c5e  B-2-2.x86_64@r1
#>rule pkg f03e4ee2ad827dc41ee95d6785640c5e  B-3-1.i686@r1
#>rule pkg f03e4ee2ad827dc41ee95d6785640c5e -G-1-1.noarch@system
#>rule pkg f383e42ff0b50f473a7d654bbb7a6f86  G-2-2.i686@system
#>rule pkg f383e42ff0b50f473a7d654bbb7a6f86 -B-3-1.i686@r1
#>rule pkg f55b4c20b8dfa6f92e7278d951a1fa7a -G-2-1.i686@r1
#>rule pkg f55b4c20b8dfa6f92e7278d951a1fa7a -G-2-2.i686@system
#>rule update 185bf2470347ac2b2d05415da29c9a89  G-1-1.noarch@system
#>rule update 185bf2470347ac2b2d05415da29c9a89  G-1-1.x86_64@r1
#>rule update 185bf2470347ac2b2d05415da29c9a89  G-2-1.i686@r1
#>rule update 185bf2470347ac2b2d05415da29c9a89  G-2-2.i686@system
#>rule update be4457d2454fa611c846f60310d24f84  B-1-1.i686@system
#>rule update be4457d2454fa611c846f60310d24f84  B-3-1.i686@r1
#>rule update c2c87c4a67fc9bb96ea48fbfd926b40f  G-1-1.noarch@system
#>rule update c2c87c4a67fc9bb96ea48fbfd926b40f  G-2-1.i686@r1
#>rule update c2c87c4a67fc9bb96ea48fbfd926b40f  G-2-2.i686@system
#>rule update fde3a3f683d5a2a0d0345761d6dd73ac  C-2-1.x86_64@system
#>userinstalled pkg C-2-1.x86_64@system
