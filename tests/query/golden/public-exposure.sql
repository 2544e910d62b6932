WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), own AS (
  SELECT
    ARRAY_AGG(DISTINCT recipient_account_id) AS accounts
  FROM events
  WHERE
    NOT recipient_account_id IS NULL
), changes AS (
  SELECT
    e.event_time,
    e.event_id,
    e.event_source,
    e.event_name,
    e.error_code,
    e.recipient_account_id,
    e.aws_region,
    COALESCE(e.user_arn, e.user_principal_id, e.user_invoked_by) AS user_arn,
    e.user_access_key_id,
    e.source_ip_address,
    COALESCE(
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.snapshotId'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.imageId'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.dBSnapshotIdentifier'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.dBClusterSnapshotIdentifier'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.dBInstanceIdentifier'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.bucketName'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.functionName'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.topicArn'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.queueUrl'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.repositoryName'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.keyId'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.secretId')
    ) AS target,
    ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                e.raw,
                'lax $."requestParameters"."createVolumePermission"."add"."items"."group"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) || ' ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                e.raw,
                'lax $."requestParameters"."launchPermission"."add"."items"."group"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) || ' ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(e.raw, 'lax $."requestParameters"."valuesToAdd"[*]' WITH ARRAY WRAPPER)
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) || ' ' || COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.principal'), '') AS groups,
    ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                e.raw,
                'lax $."requestParameters"."createVolumePermission"."add"."items"."userId"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      '  '
    ) || '  ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                e.raw,
                'lax $."requestParameters"."launchPermission"."add"."items"."userId"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      '  '
    ) || '  ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(e.raw, 'lax $."requestParameters"."valuesToAdd"[*]' WITH ARRAY WRAPPER)
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      '  '
    ) || '  ' || COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.principal'), '') || '  ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(e.raw, 'lax $."requestParameters"."aWSAccountIds"[*]' WITH ARRAY WRAPPER)
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      '  '
    ) AS users,
    ARRAY_JOIN(
      FILTER(
        COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(
                JSON_QUERY(
                  e.raw,
                  'lax $."requestParameters"."bucketPolicy"."Statement"[*]' WITH ARRAY WRAPPER
                )
              ) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ),
        s -> REGEXP_LIKE(s, '"Effect"\s*:\s*"Allow"')
      ),
      ' '
    ) AS bucket_policy,
    COALESCE(
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.policy'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.policyText'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.resourcePolicy'),
      JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.attributes.Policy'),
      CASE
        WHEN JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.attributeName') = 'Policy'
        THEN JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.attributeValue')
      END,
      ''
    ) AS policy_text,
    COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters["x-amz-acl"]'), '') || ' ' || ARRAY_JOIN(
      COALESCE(
        TRANSFORM(
          FILTER(
            CAST(JSON_PARSE(
              JSON_QUERY(
                e.raw,
                'lax $."requestParameters"."AccessControlPolicy"."AccessControlList"."Grant"."Grantee"."URI"[*]' WITH ARRAY WRAPPER
              )
            ) AS ARRAY(JSON)),
            x -> JSON_FORMAT(x) <> 'null'
          ),
          x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
        ),
        CAST(ARRAY[] AS ARRAY(VARCHAR))
      ),
      ' '
    ) AS acl,
    COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.publiclyAccessible'), '') AS publicly_accessible,
    COALESCE(JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.authType'), '') AS auth_type,
    ARRAY_JOIN(
      FILTER(
        ARRAY[JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.PublicAccessBlockConfiguration.BlockPublicAcls'), JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.PublicAccessBlockConfiguration.BlockPublicPolicy'), JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.PublicAccessBlockConfiguration.IgnorePublicAcls'), JSON_EXTRACT_SCALAR(e.raw, '$.requestParameters.PublicAccessBlockConfiguration.RestrictPublicBuckets')],
        b -> b = 'false'
      ),
      ' '
    ) AS unblocked
  FROM events AS e
  WHERE
    e.event_source IN (
      'ec2.amazonaws.com',
      'rds.amazonaws.com',
      's3.amazonaws.com',
      'lambda.amazonaws.com',
      'sns.amazonaws.com',
      'sqs.amazonaws.com',
      'ecr.amazonaws.com',
      'kms.amazonaws.com',
      'secretsmanager.amazonaws.com'
    )
    AND (
      e.event_name IN (
        'ModifySnapshotAttribute',
        'ModifyImageAttribute',
        'ModifyDBSnapshotAttribute',
        'ModifyDBClusterSnapshotAttribute',
        'CreateDBInstance',
        'ModifyDBInstance',
        'PutBucketPolicy',
        'PutBucketAcl',
        'PutObjectAcl',
        'PutBucketPublicAccessBlock',
        'DeleteBucketPublicAccessBlock',
        'SetTopicAttributes',
        'SetQueueAttributes',
        'SetRepositoryPolicy',
        'PutKeyPolicy',
        'PutResourcePolicy'
      )
      OR STARTS_WITH(e.event_name, 'AddPermission')
      OR STARTS_WITH(e.event_name, 'CreateFunctionUrlConfig')
      OR STARTS_WITH(e.event_name, 'UpdateFunctionUrlConfig')
    )
), judged AS (
  SELECT
    c.event_time,
    c.event_id,
    c.event_source,
    c.event_name,
    c.error_code,
    c.recipient_account_id,
    c.aws_region,
    c.user_arn,
    c.user_access_key_id,
    c.source_ip_address,
    c.target,
    REGEXP_LIKE(c.groups, '(^| )(all|\*)( |$)')
    OR REGEXP_LIKE(c.bucket_policy, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"')
    OR REGEXP_LIKE(c.policy_text, '"Effect"\s*:\s*"Allow"')
    AND REGEXP_LIKE(c.policy_text, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"')
    OR REGEXP_LIKE(c.acl, 'public-read|AllUsers|AuthenticatedUsers')
    OR c.publicly_accessible = 'true'
    OR c.auth_type = 'NONE'
    OR c.unblocked <> ''
    OR c.event_name = 'DeleteBucketPublicAccessBlock' AS everybody,
    FILTER(
      ARRAY_DISTINCT(
        REGEXP_EXTRACT_ALL(
          '  ' || c.users || '  ' || c.bucket_policy || '  ' || c.policy_text,
          '(?:["\s]|:(?:iam|sts)::)([0-9]{12})(?:[":\s])',
          1
        )
      ),
      a -> NOT CONTAINS(own.accounts, a)
      AND NOT CONTAINS(CAST(ARRAY['444444444444'] AS ARRAY(VARCHAR)), a)
    ) AS strangers
  FROM changes AS c
  CROSS JOIN own
)
SELECT
  event_time,
  CASE
    WHEN event_name IN (
      'ModifySnapshotAttribute',
      'ModifyDBSnapshotAttribute',
      'ModifyDBClusterSnapshotAttribute'
    )
    THEN 'a snapshot'
    WHEN event_name = 'ModifyImageAttribute'
    THEN 'a machine image'
    WHEN event_source = 'rds.amazonaws.com'
    THEN 'a database'
    WHEN event_name IN ('PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock')
    THEN 'a bucket''s block of public access'
    WHEN event_source = 's3.amazonaws.com'
    THEN 'a bucket'
    WHEN event_source = 'lambda.amazonaws.com'
    THEN 'a function'
    WHEN event_source = 'sns.amazonaws.com'
    THEN 'a topic'
    WHEN event_source = 'sqs.amazonaws.com'
    THEN 'a queue'
    WHEN event_source = 'ecr.amazonaws.com'
    THEN 'a repository'
    WHEN event_source = 'kms.amazonaws.com'
    THEN 'a key'
    ELSE 'a secret'
  END AS what,
  CASE
    WHEN everybody
    THEN 'everybody'
    ELSE ARRAY_JOIN(ARRAY_SORT(strangers), ', ')
  END AS opened_to,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  aws_region AS region,
  target,
  event_name,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  event_id
FROM judged
WHERE
  everybody OR CARDINALITY(strangers) > 0
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
