repo system 10 testtags <inline>
#>=Ver: 3.0
#>=Pkg: B 2 1 noarch
#>=Prv: B = 2-1
#>=Prv: W
#>=Tim: 200
#>=Pkg: D 1 1 noarch
#>=Prv: D = 1-1
#>=Req: V
#>=Req: X
#>=Tim: 100
repo r1 0 testtags <inline>
#>=Ver: 3.0
#>=Pkg: D 3 1 noarch
#>=Prv: D = 3-1
#>=Tim: 200
#>=Pkg: B 3 1 noarch
#>=Prv: B = 3-1
#>=Prv: A >= 2-1
#>=Tim: 100
system x86_64 rpm system
job install oneof B-3-1.noarch@r1
job install name B
job install name A
result transaction,problems,rules,alternatives,reason,recommended,orphaned,unneeded,cleandeps,userinstalled,jobs <inline>
#>autoinst name D
#>job install name A
#>job install name B
#>job install oneof B-3-1.noarch@r1
#>problem c43b1300 info package A does not exist
#>problem c43b1300 solution 23f73f5b deljob install name A
#>reason B-2-1.noarch@system unit 89a99026cb04439254915f64ae5ef48b
#>reason B-3-1.noarch@r1 unit 13a6a7137bc203eef36363ba66574bcb
#>reason D-1-1.noarch@system keep 0e4643356abb8fc10b12069dbc9e3e1d
#>reason D-3-1.noarch@r1 unit f325a69b6c4bf71573f50c94017941ba
#>rule job 13a6a7137bc203eef36363ba66574bcb  B-3-1.noarch@r1
#>rule job beef1429fb5f1fd77d770752163fa47a -@SYSTEM
#>rule job e842dd14b69da157c9d47d501e716448  B-2-1.noarch@system
#>rule job e842dd14b69da157c9d47d501e716448  B-3-1.noarch@r1
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-2-1.noarch@system
#>rule pkg 89a99026cb04439254915f64ae5ef48b -B-3-1.noarch@r1
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-1-1.noarch@system
#>rule pkg f325a69b6c4bf71573f50c94017941ba -D-3-1.noarch@r1
#>rule update 0e4643356abb8fc10b12069dbc9e3e1d  D-1-1.noarch@system
#>rule update 0e4643356abb8fc10b12069dbc9e3e1d  D-3-1.noarch@r1
#>rule update e842dd14b69da157c9d47d501e716448  B-2-1.noarch@system
#>rule update e842dd14b69da157c9d47d501e716448  B-3-1.noarch@r1
#>unneeded_filtered D-1-1.noarch@system
#>upgrade B-2-1.noarch@system B-3-1.noarch@r1
#>userinstalled pkg B-3-1.noarch@r1
