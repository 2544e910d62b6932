/*
name: public-exposure
number: 27
title: Resources opened to the public or to strangers
question: >-
  Which snapshot, image, database, bucket, function, topic, queue, repository, key or secret was
  opened to everybody, or to an account that is not ours? Ours are the accounts of the
  landing-zone file (--config), and those that the history has events of.
columns:
  event_time: When
  what: What was opened, in words
  opened_to: Everybody, or the accounts
  outcome: Done, or the error
  account: The account
  region: The region
  target: The resource
  event_name: The action
  user_arn: Who
  access_key_id: With which access key
  source_ip_address: From where
  event_id: The event
rules: [s3-bucket-policy-changes]
tags: [T1537, T1530, cis-4.8, exposure, exfiltration]
next:
  - {runbook: resource-history, params: {resource: target}}
  - {runbook: session-chain, params: {key: access_key_id}}
*/
WITH own AS (
    SELECT array_agg(DISTINCT recipient_account_id) AS accounts
    FROM events WHERE recipient_account_id IS NOT NULL),
changes AS (
    SELECT e.event_time, e.event_id, e.event_source, e.event_name, e.error_code, e.recipient_account_id,
        e.aws_region, coalesce(e.user_arn, e.user_principal_id, e.user_invoked_by) AS user_arn,
        e.user_access_key_id, e.source_ip_address,
        coalesce(e.field('requestParameters.snapshotId'), e.field('requestParameters.imageId'),
            e.field('requestParameters.dBSnapshotIdentifier'),
            e.field('requestParameters.dBClusterSnapshotIdentifier'),
            e.field('requestParameters.dBInstanceIdentifier'), e.field('requestParameters.bucketName'),
            e.field('requestParameters.functionName'), e.field('requestParameters.topicArn'),
            e.field('requestParameters.queueUrl'), e.field('requestParameters.repositoryName'),
            e.field('requestParameters.keyId'), e.field('requestParameters.secretId')) AS target,
        array_join(e.field_any('requestParameters.createVolumePermission.add.items.group'), ' ') || ' '
            || array_join(e.field_any('requestParameters.launchPermission.add.items.group'), ' ') || ' '
            || array_join(e.field_any('requestParameters.valuesToAdd'), ' ') || ' '
            || coalesce(e.field('requestParameters.principal'), '') AS groups,
        array_join(e.field_any('requestParameters.createVolumePermission.add.items.userId'), '  ') || '  '
            || array_join(e.field_any('requestParameters.launchPermission.add.items.userId'), '  ') || '  '
            || array_join(e.field_any('requestParameters.valuesToAdd'), '  ') || '  '
            || coalesce(e.field('requestParameters.principal'), '') || '  '
            || array_join(e.field_any('requestParameters.aWSAccountIds'), '  ') AS users,
        array_join(filter(e.field_any('requestParameters.bucketPolicy.Statement'),
            s -> regexp_like(s, '"Effect"\s*:\s*"Allow"')), ' ') AS bucket_policy,
        coalesce(e.field('requestParameters.policy'), e.field('requestParameters.policyText'),
            e.field('requestParameters.resourcePolicy'), e.field('requestParameters.attributes.Policy'),
            CASE WHEN e.field('requestParameters.attributeName') = 'Policy'
                THEN e.field('requestParameters.attributeValue') END, '') AS policy_text,
        coalesce(e.field('requestParameters.x-amz-acl'), '') || ' '
            || array_join(e.field_any('requestParameters.AccessControlPolicy.AccessControlList.Grant.Grantee.URI'), ' ')
            AS acl,
        coalesce(e.field('requestParameters.publiclyAccessible'), '') AS publicly_accessible,
        coalesce(e.field('requestParameters.authType'), '') AS auth_type,
        array_join(filter(ARRAY[e.field('requestParameters.PublicAccessBlockConfiguration.BlockPublicAcls'),
            e.field('requestParameters.PublicAccessBlockConfiguration.BlockPublicPolicy'),
            e.field('requestParameters.PublicAccessBlockConfiguration.IgnorePublicAcls'),
            e.field('requestParameters.PublicAccessBlockConfiguration.RestrictPublicBuckets')],
            b -> b = 'false'), ' ') AS unblocked
    FROM events AS e
    WHERE e.event_source IN ('ec2.amazonaws.com', 'rds.amazonaws.com', 's3.amazonaws.com',
            'lambda.amazonaws.com', 'sns.amazonaws.com', 'sqs.amazonaws.com', 'ecr.amazonaws.com',
            'kms.amazonaws.com', 'secretsmanager.amazonaws.com')
        AND (e.event_name IN ('ModifySnapshotAttribute', 'ModifyImageAttribute', 'ModifyDBSnapshotAttribute',
                'ModifyDBClusterSnapshotAttribute', 'CreateDBInstance', 'ModifyDBInstance',
                'PutBucketPolicy', 'PutBucketAcl', 'PutObjectAcl', 'PutBucketPublicAccessBlock',
                'DeleteBucketPublicAccessBlock', 'SetTopicAttributes', 'SetQueueAttributes',
                'SetRepositoryPolicy', 'PutKeyPolicy', 'PutResourcePolicy')
            OR starts_with(e.event_name, 'AddPermission')
            OR starts_with(e.event_name, 'CreateFunctionUrlConfig')
            OR starts_with(e.event_name, 'UpdateFunctionUrlConfig'))),
judged AS (
    SELECT c.event_time, c.event_id, c.event_source, c.event_name, c.error_code, c.recipient_account_id,
        c.aws_region, c.user_arn, c.user_access_key_id, c.source_ip_address, c.target,
        regexp_like(c.groups, '(^| )(all|\*)( |$)')
            OR regexp_like(c.bucket_policy, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"')
            OR regexp_like(c.policy_text, '"Effect"\s*:\s*"Allow"')
                AND regexp_like(c.policy_text, '"(AWS|Principal)"\s*:\s*(\[[^\]]*)?"\*"')
            OR regexp_like(c.acl, 'public-read|AllUsers|AuthenticatedUsers')
            OR c.publicly_accessible = 'true' OR c.auth_type = 'NONE' OR c.unblocked <> ''
            OR c.event_name = 'DeleteBucketPublicAccessBlock' AS everybody,
        filter(array_distinct(regexp_extract_all(
                '  ' || c.users || '  ' || c.bucket_policy || '  ' || c.policy_text,
                '(?:["\s]|:(?:iam|sts)::)([0-9]{12})(?:[":\s])', 1)),
            a -> NOT contains(own.accounts, a) AND NOT contains(site_list('own_accounts'), a)) AS strangers
    FROM changes AS c CROSS JOIN own)
SELECT event_time,
    CASE WHEN event_name IN ('ModifySnapshotAttribute', 'ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute')
            THEN 'a snapshot'
        WHEN event_name = 'ModifyImageAttribute' THEN 'a machine image'
        WHEN event_source = 'rds.amazonaws.com' THEN 'a database'
        WHEN event_name IN ('PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock')
            THEN 'a bucket''s block of public access'
        WHEN event_source = 's3.amazonaws.com' THEN 'a bucket'
        WHEN event_source = 'lambda.amazonaws.com' THEN 'a function'
        WHEN event_source = 'sns.amazonaws.com' THEN 'a topic'
        WHEN event_source = 'sqs.amazonaws.com' THEN 'a queue'
        WHEN event_source = 'ecr.amazonaws.com' THEN 'a repository'
        WHEN event_source = 'kms.amazonaws.com' THEN 'a key'
        ELSE 'a secret' END AS what,
    CASE WHEN everybody THEN 'everybody' ELSE array_join(array_sort(strangers), ', ') END AS opened_to,
    coalesce(error_code, 'done') AS outcome, recipient_account_id AS account, aws_region AS region, target,
    event_name, user_arn, user_access_key_id AS access_key_id, source_ip_address, event_id
FROM judged
WHERE everybody OR cardinality(strangers) > 0
ORDER BY event_time, event_id
