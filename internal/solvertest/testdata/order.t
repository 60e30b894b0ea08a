# The order of a transaction, and proofs.
repo @System 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 1 1 x86_64
#>=Prv: base = 1-1
#>=Pkg: old 1 1 x86_64
#>=Prv: old = 1-1
repo up 99 testtags <inline>
#>=Ver: 3.0
#>=Pkg: base 2 1 x86_64
#>=Prv: base = 2-1
#>=Req: glue
#>=Pkg: glue 2 1 x86_64
#>=Prv: glue = 2-1
#>=Req: base
#>=Pkg: layer 1 1 x86_64
#>=Prv: layer = 1-1
#>=Prq: base >= 2
#>=Pkg: new 5 1 x86_64
#>=Prv: new = 5-1
#>=Obs: old < 2
#>=Rec: layer
#>=Req: data
#>=Pkg: data 5 1 noarch
#>=Prv: data = 5-1
#>=Pkg: never 5 1 noarch
#>=Prv: never = 5-1
#>=Req: a
#>=Pkg: a 1 1 noarch
#>=Prv: a = 1-1
#>=Req: b | c
#>=Pkg: b 1 1 noarch
#>=Prv: b = 1-1
#>=Con: a
#>=Pkg: c 1 1 noarch
#>=Prv: c = 1-1
#>=Req: b
system x86_64 rpm @System
job install name layer
job install name new
result transaction,order,orderedges <inline>
#>erase old-1-1.x86_64@@System new-5-1.x86_64@up
#>install data-5-1.noarch@up
#>install glue-2-1.x86_64@up
#>install layer-1-1.x86_64@up
#>install new-5-1.x86_64@up
#>order    1 install base-2-1.x86_64@up
#>order    2 erase base-1-1.x86_64@@System
#>order    3 install glue-2-1.x86_64@up
#>order    4 install data-5-1.noarch@up
#>order    5 install layer-1-1.x86_64@up
#>order    6 install new-5-1.x86_64@up
#>order    7 erase old-1-1.x86_64@@System
#>orderedge base-2-1.x86_64@up -400-> glue-2-1.x86_64@up
#>orderedge glue-2-1.x86_64@up -400-> base-2-1.x86_64@up
#>orderedge layer-1-1.x86_64@up -800-> base-2-1.x86_64@up
#>orderedge new-5-1.x86_64@up -200-> layer-1-1.x86_64@up
#>orderedge new-5-1.x86_64@up -400-> data-5-1.noarch@up
#>upgrade base-1-1.x86_64@@System base-2-1.x86_64@up
nextjob
job install name never
result proof,problems <inline>
#>problem 24a20246 info package never-5-1.noarch requires a, but none of the providers can be installed
#>problem 24a20246 solution 5bec2648 deljob install name never
#>proof 24a20246   0 job f07764ab2bd82eda52f28fbed42beced
#>proof 24a20246   0: -->  never-5-1.noarch@up
#>proof 24a20246   1 pkg 5a30f962a9d18593b8c89a5ce3be2974
#>proof 24a20246   1:     -never-5-1.noarch@up
#>proof 24a20246   1: -->  a-1-1.noarch@up
#>proof 24a20246   2 pkg 4b8eddeb4b20f908101757d31b31a2bc
#>proof 24a20246   2:     -a-1-1.noarch@up
#>proof 24a20246   2: --> -b-1-1.noarch@up
#>proof 24a20246   3 pkg 675a6749dfb6d6bd1abd4121103e595d
#>proof 24a20246   3:      b-1-1.noarch@up
#>proof 24a20246   3: --> -c-1-1.noarch@up
#>proof 24a20246   4 pkg 272f7fa1468d232ec392717cfbd14f48
#>proof 24a20246   4:      b-1-1.noarch@up
#>proof 24a20246   4:      c-1-1.noarch@up
#>proof 24a20246   4:     -a-1-1.noarch@up
nextjob
job erase name base
job install name layer
result proof,problems <inline>
#>problem e5d2eb5d info package layer-1-1.x86_64 requires base >= 2, but none of the providers can be installed
#>problem e5d2eb5d solution 620926e3 deljob install name layer
#>problem e5d2eb5d solution e0729e16 deljob erase name base
#>proof e5d2eb5d   0 job 8f208ac7dbcdd6585f5a573586adf9b3
#>proof e5d2eb5d   0: --> -base-2-1.x86_64@up
#>proof e5d2eb5d   1 job 050b00d41c21f0f7283ddc70b9c25042
#>proof e5d2eb5d   1: -->  layer-1-1.x86_64@up
#>proof e5d2eb5d   2 pkg c424144db795c141dbc8a7554ff1087d
#>proof e5d2eb5d   2:      base-2-1.x86_64@up
#>proof e5d2eb5d   2:     -layer-1-1.x86_64@up
