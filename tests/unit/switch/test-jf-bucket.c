/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/switch/jf-bucket.h"
#include "tests/lib/loop-test.h"

/* Pipes come back when there is room again. */
static void
test_pool (JfLoop *loop)
{
  JfBucketPool pool;
  JfBucket *buckets[3];

  jf_bucket_pool_init (&pool, loop);
  pool.max_pipes = 2;
  for (int i = 0; i < 3; i++)
    buckets[i] = jf_bucket_borrow (&pool);
  g_assert_null (buckets[0]->memory);
  g_assert_null (buckets[1]->memory);
  g_assert_nonnull (buckets[2]->memory);
  for (int i = 0; i < 3; i++)
    jf_bucket_give_back (&pool, buckets[i]);
  g_assert_cmpuint (pool.n_idle_pipes, ==, 2);
  g_assert_cmpuint (pool.n_idle_copies, ==, 1);
  buckets[0] = jf_bucket_borrow (&pool);
  g_assert_null (buckets[0]->memory);
  buckets[0]->held = 1; /* as when a tunnel is cut: what it held must not reach the next one */
  jf_bucket_give_back (&pool, buckets[0]);
  g_assert_cmpuint (pool.n_pipes, ==, 1);
  jf_bucket_pool_clear (&pool);
  g_assert_cmpuint (pool.n_pipes, ==, 0);
}

/* What a burst needed goes back to the system, what is used stays. */
static void
test_rest (JfLoop *loop)
{
  JfBucketPool pool;
  JfBucket *buckets[5];

  jf_bucket_pool_init (&pool, loop);
  for (int i = 0; i < 4; i++)
    buckets[i] = jf_bucket_borrow (&pool);
  buckets[4] = jf_bucket_borrow_memory (&pool);
  g_assert_null (pool.rest.loop);
  for (int i = 0; i < 5; i++)
    jf_bucket_give_back (&pool, buckets[i]);
  g_assert_nonnull (pool.rest.loop);

  jf_bucket_pool_rest (&pool); /* until now at most one was idle all the time: the first */
  g_assert_cmpuint (pool.n_idle_pipes, ==, 3);
  for (int round = 0; round < 2; round++)
    {
      buckets[0] = jf_bucket_borrow (&pool);
      jf_bucket_give_back (&pool, buckets[0]);
      jf_bucket_pool_rest (&pool);
      g_assert_cmpuint (pool.n_pipes, ==, 1);
      g_assert_cmpuint (pool.n_idle_copies, ==, 0);
    }
  jf_timer_stop (&pool.rest);
  jf_bucket_pool_rest (&pool);
  g_assert_cmpuint (pool.n_pipes, ==, 0);
  g_assert_null (pool.rest.loop);
  jf_bucket_pool_clear (&pool);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/switch/bucket/pool", test_pool);
  loop_test_add ("/switch/bucket/rest", test_rest);
  return g_test_run ();
}
