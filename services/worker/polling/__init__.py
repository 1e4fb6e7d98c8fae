"""From a shard to a function and on: three roles that do not know each other's insides, and who plays them where.

source    kinesis: reads one shard                      streams: which shards there are
outcome   what a function's answer means for a batch; pure
delivery  invokes, and reports what was given up to a destination
leases    who reads which shard, and how far it is done
consumer  reads one shard and spreads its records over lanes; lane: batch after batch through the three
lanes     which record goes to which, and how far the shard is done; windows: tumbling ones, and their final invocation
fleet     all of this replica's consumers; settling: when a mapping is ready
"""
